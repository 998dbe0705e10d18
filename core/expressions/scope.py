"""The names that templates, conditions and JSONLogic see, looked up in one way for all three."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import InvalidError
from core.expressions import instants, paths
from core.expressions.paths import MISSING, Path

RESERVED = frozenset(
    {
        "event", "trigger", "workflow", "workspace", "tenant", "vars", "secrets", "actions", "run",
        "item", "index", "loop", "now", "today", "time",
    }
)  # fmt: skip


class UnknownZoneError(InvalidError):
    """There is no such time zone; write an IANA name such as Europe/Amsterdam."""

    code = "unknown_zone"


@dataclass(frozen=True, slots=True)
class Scope:
    """Reserved names are looked up in `names` and nowhere else, all others in `fallback` (the event's data).

    Values are plain JSON, but for `now` (datetime) and `today` (date). `memo` keeps what was made of them while the
    scope lives: the conditions of many triggers read one.
    """

    names: Mapping[str, Any] = field(default_factory=dict)
    fallback: Mapping[str, Any] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def resolve(self, path: Path) -> Any:
        """The value at the path, or `MISSING`."""
        root = str(path.steps[0])
        value = (self.names if root in RESERVED else self.fallback).get(root, MISSING)
        for step in path.steps[1:]:
            if value is MISSING:
                break
            value = paths.child(value, step)
        return value

    def resolve_data(self, path: Path) -> Any:
        """The value at the path in the event's data, whatever the names say, or `MISSING`."""
        return paths.resolve(path, self.fallback)

    def having(self, **names: Any) -> "Scope":
        """The same scope with some reserved names added or replaced, as a loop does with `item`, `index` and `loop`."""
        return replace(self, names={**self.names, **names})

    def as_json(self) -> dict[str, Any]:
        """All names as one JSON object, the reserved ones winning."""
        data = {name: value for name, value in self.fallback.items() if name not in RESERVED}
        return data | {name: as_json(value) for name, value in self.names.items()}


def build(
    *,
    now: datetime,
    zone: str = "UTC",
    event: Mapping[str, Any] | None = None,
    workspace: Mapping[str, Any] | None = None,
    **names: Any,
) -> Scope:
    """The scope of one evaluation: `tenant` is another name of `workspace`, and the clock is read in `zone`.

    `names` are the other reserved names (trigger, workflow, vars, secrets, actions, run, item, index, loop); those that
    are None are left out, but for `item`: a list may hold nulls. Raises `UnknownZoneError`, and TypeError for a name
    that is not reserved.
    """
    given = {"event": event, "workspace": workspace, "tenant": workspace, **names}
    unknown = given.keys() - RESERVED
    if unknown:
        raise TypeError(f"not reserved names: {', '.join(sorted(unknown))}")
    known = {name: value for name, value in given.items() if value is not None or name == "item"}
    data = event.get("data") if event else None
    return Scope(names=known | clock(now, zone=zone), fallback=data if isinstance(data, dict) else {})


def clock(now: datetime, *, zone: str) -> dict[str, Any]:
    """`now`, `today` and `time` ({hour, minute, weekday (0 = Monday), date}) in an IANA zone.

    Raises `UnknownZoneError`.
    """
    here = now.astimezone(_zone(zone))
    time = {"hour": here.hour, "minute": here.minute, "weekday": here.weekday(), "date": here.date().isoformat()}
    return {"now": here, "today": here.date(), "time": time}


def as_json(value: Any) -> Any:
    """The value as it leaves into JSON: dates become ISO 8601 text."""
    return instants.write(value) if isinstance(value, date) else value


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, or a folder of the zone database
        raise UnknownZoneError(
            f"There is no time zone {name!r}; write an IANA name such as Europe/Amsterdam."
        ) from None
