"""What each trigger listens to: what it says itself and, where it names a pattern, what that says.

Subscriptions hold it as a copy, so that the matcher, the index and the account of a decision know nothing of patterns,
and so that an old decision is explained by the pattern as it was. The catalogue makes the copies anew when one changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import ConflictError
from triggers import resolving
from triggers.base import DetectingType
from triggers.engine.covering import as_conditions
from triggers.models import Pattern
from triggers.types.pattern import KEY

Json = dict[str, Any]


class Says(Protocol):
    """What a trigger says itself: a row, or one of a definition."""

    @property
    def type(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...
    @property
    def event_type(self) -> str: ...
    @property
    def filters(self) -> Mapping[str, Any]: ...
    @property
    def conditions(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What a trigger listens to. `is_on` is false while its pattern is switched off. `detector`: what counts, as it is
    stored, {"type", "params"}; None when each event fires."""

    event_type: str
    filters: Json
    conditions: Json | None
    is_on: bool = True
    detector: Json | None = None


def heard(triggers: Sequence[Says]) -> list[Heard]:
    """What the triggers of the workspace in scope listen to, in their order.

    Raises `ConflictError` for the name of a pattern that is not there: it was deleted since that was checked.
    """
    names = {each.params["pattern"] for each in triggers if each.type == KEY}
    known = {row.name: row for row in Pattern.objects.filter(name__in=names)} if names else {}
    if gone := sorted(names - known.keys()):
        raise ConflictError(f"There is no pattern {gone[0]!r} any more; nothing was changed.")
    return [_heard(each, known) for each in triggers]


def _heard(trigger: Says, known: Mapping[str, Pattern]) -> Heard:
    filters, conditions = dict(trigger.filters), None if trigger.conditions is None else dict(trigger.conditions)
    if trigger.type != KEY:
        counted, detector = _counted(trigger.type, trigger.params)
        return Heard(trigger.event_type, filters, _joined([*counted, conditions]), detector=detector)
    pattern = known[trigger.params["pattern"]]
    counted, detector = _counted(pattern.type, pattern.params)
    joined = [*counted, *as_conditions(pattern.filters), pattern.conditions, conditions]
    return Heard(pattern.event_type, filters, _joined(joined), pattern.is_active, detector)


def _counted(type_: str, params: Mapping[str, Any]) -> tuple[list[Json], Json | None]:
    """Of a trigger that counts, which events it counts, and how; of any other, nothing."""
    trigger_type = resolving.find(type_)
    if not isinstance(trigger_type, DetectingType):
        return [], None
    return trigger_type.conditions(params), {"type": type_, "params": dict(params)}


def _joined(parts: Iterable[Json | None]) -> Json | None:
    given = [part for part in parts if part]
    return {"and": given} if len(given) > 1 else next(iter(given), None)
