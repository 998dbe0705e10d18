"""What a schedule is, and which moments ("slots") it names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from triggers.engine.schedules import cron, moments, recurrence, walls

MIN_SECONDS = 5  # of every_seconds: the clock ticks every second, and a run takes a moment, too
_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Spec:
    """A schedule: just one of `cron`, `every_seconds`, `at` and `rrule`. All instants are aware.

    `anchor` is when it was made: what `every_seconds` counts from, and the day that an RRULE starts on, unless
    `starts_at` says so. Slots before `starts_at` and after `ends_at` do not happen; both themselves may.
    """

    zone: ZoneInfo
    anchor: datetime
    cron: str = ""
    every_seconds: int = 0
    at: datetime | None = None
    rrule: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def of(params: Mapping[str, Any], *, anchor: datetime, zone: str = "UTC") -> Spec:
    """The schedule that valid parameters describe. `zone` is for those that name none.

    Raises `ValueError` with a sentence for an instant that is none.
    """
    own = ZoneInfo(params.get("timezone") or zone)
    at, starts_at, ends_at = (
        moments.read(params[name], own) if params.get(name) else None for name in ("at", "starts_at", "ends_at")
    )
    return Spec(
        zone=own,
        anchor=anchor,
        cron=params.get("cron") or "",
        every_seconds=params.get("every_seconds") or 0,
        at=at,
        rrule=params.get("rrule") or "",
        starts_at=starts_at,
        ends_at=ends_at,
    )


def next_after(spec: Spec, moment: datetime) -> datetime | None:
    """The first slot after `moment`, in UTC; None when there is none any more. Bounded work, whatever the schedule."""
    base = moment if spec.starts_at is None else max(moment, spec.starts_at - _INSTANT)
    found = _next(spec, base)
    if found is None or (spec.ends_at is not None and found > spec.ends_at):
        return None
    return found.astimezone(UTC)


def between(spec: Spec, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """The first `limit` slots in (after, until]."""
    return list(islice(_slots(spec, after, until), limit))


def newest(spec: Spec, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """The last `limit` slots in (after, until], oldest first. Finds them by halving, so that years cost no more."""
    found = between(spec, after, until, limit + 1)
    if len(found) <= limit:
        return found
    low, high = after, until  # more than `limit` slots follow the one, and at most so many the other
    while high - low > _SECOND:
        middle = low + (high - low) / 2
        if len(between(spec, middle, until, limit + 1)) > limit:
            low = middle
        else:
            high = middle
    return between(spec, high, until, limit)


def _slots(spec: Spec, after: datetime, until: datetime) -> Iterator[datetime]:
    slot = next_after(spec, after)
    while slot is not None and slot <= until:
        yield slot
        slot = next_after(spec, slot)


def _next(spec: Spec, moment: datetime) -> datetime | None:
    if spec.cron:
        return _next_of_cron(spec.cron, spec.zone, moment)
    if spec.rrule:
        return _next_of_rule(spec, moment)
    if spec.every_seconds:
        begin, step = spec.starts_at or spec.anchor, timedelta(seconds=spec.every_seconds)
        return begin + max(0, (moment - begin) // step + 1) * step
    return spec.at if spec.at is not None and spec.at > moment else None


@lru_cache(maxsize=4096)
def _next_of_cron(text: str, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """Kept: of thousands that are due in the same minute, most say the same words."""
    find = walls.next_once if cron.is_fixed(text) else walls.next_running
    return find(lambda wall: cron.after(text, wall), moment, zone)


def _next_of_rule(spec: Spec, moment: datetime) -> datetime | None:
    rule = recurrence.parse(spec.rrule)
    start, until = rule_start(spec), until_of(rule)
    last = until if until is not None and until.tzinfo is None else None
    find = walls.next_once if rule.is_fixed else walls.next_running
    found = find(lambda wall: recurrence.after(spec.rrule, wall, start=start, until=last), moment, spec.zone)
    if found is not None and until is not None and until.tzinfo is not None and found > until:
        return None
    return found


def rule_start(spec: Spec) -> datetime:
    """The wall-clock time that an RRULE starts at: `starts_at`, or the midnight before the schedule was made."""
    begin = (spec.starts_at or spec.anchor).astimezone(spec.zone).replace(tzinfo=None, microsecond=0, fold=0)
    return begin if spec.starts_at else datetime.combine(begin, time())


def until_of(rule: recurrence.Rule) -> datetime | None:
    """UNTIL: an instant when it ends in Z, else a wall-clock time; a date alone includes its day. None without one.

    Raises `ValueError` for a day that the calendar does not have.
    """
    if not rule.until:
        return None
    day = datetime.strptime(rule.until[:8], "%Y%m%d")  # noqa: DTZ007  a wall-clock time
    if len(rule.until) == 8:
        return datetime.combine(day, time(23, 59, 59))
    found = datetime.strptime(rule.until[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  likewise
    return found.replace(tzinfo=UTC) if rule.until.endswith("Z") else found
