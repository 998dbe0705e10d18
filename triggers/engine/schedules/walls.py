"""From wall-clock times to instants: what daylight saving does to a schedule.

Two readings, after Debian's cron (and cronsim, whose cases both are tested with):

| reading | of | a time that the clock skips | a time that the clock repeats |
|---|---|---|---|
| `next_running` | wildcards: `*` begins the minute or the hour; HOURLY, MINUTELY | is left out | happens both times |
| `next_once` | fixed times of day | happens when the gap ends | happens the first time |

cronsim itself is asked for wall-clock times only. Where the clock moves by half an hour (Lord Howe) it steps over times
of wildcard expressions: `*/15 3 * * *` would begin at 03:30 on that day.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Chain = Callable[[datetime], Iterator[datetime]]
"""Gives the wall-clock times after a wall-clock time, in order; all without a zone."""

_SECOND = timedelta(seconds=1)
_SAMPLE = timedelta(hours=6)  # no zone changes twice in less
_DAY = timedelta(hours=26)  # no zone moves by more (Samoa left out one day in 2011)
_NEAR = timedelta(hours=28)


def next_running(chain: Chain, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant after `moment` whose wall-clock time is one of the chain; None when there is none.

    While the offset from UTC stays the same, the chain is that of the wall clock. Where it changes, the search goes on
    from the change with the new offset. Changes far from both ends cannot matter: no time of the chain is near them.
    """
    at, offset = moment, _offset(moment, zone)
    while (wall := next(chain(_wall(at, offset)), None)) is not None:
        found = wall.replace(tzinfo=UTC) - offset
        change = _first_change(zone, after=at, until=min(found, at + _NEAR), offset=offset)
        if change is not None:
            at, offset = change - _SECOND, _offset(change, zone)
        elif found - at <= _NEAR:
            return found
        else:
            at = found - _DAY
            offset = _offset(at, zone)
    return None


def next_once(chain: Chain, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant after `moment` at which a time of the chain happens, each once; None when there is none."""
    found = (instant(wall, zone) for wall in chain(_wall(moment, _offset(moment, zone))))
    return next((each for each in found if each > moment), None)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a wall-clock time happens: the first of two times, and for one that is skipped the end of the gap."""
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    before = found - _DAY
    return _first_change(zone, after=before, until=found, offset=_offset(before, zone)) or found


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _wall(moment: datetime, offset: timedelta) -> datetime:
    return (moment.astimezone(UTC) + offset).replace(tzinfo=None)


def _first_change(zone: ZoneInfo, *, after: datetime, until: datetime, offset: timedelta) -> datetime | None:
    """The first instant in (after, until] with another offset, to the second."""
    low = after
    while low < until:
        high = min(low + _SAMPLE, until)
        if _offset(high, zone) != offset:
            return _bisect(zone, low, high, offset)
        low = high
    return None


def _bisect(zone: ZoneInfo, low: datetime, high: datetime, offset: timedelta) -> datetime:
    seconds = low.replace(microsecond=0)
    steps = -(-(high - seconds) // _SECOND)
    first, last = 0, int(steps)
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(seconds + middle * _SECOND, zone) == offset:
            first = middle
        else:
            last = middle
    return seconds + last * _SECOND
