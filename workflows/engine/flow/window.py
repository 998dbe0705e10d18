"""A sliding window: at most `limit` starts in any `per_seconds`, whatever the instant at which one begins to count.

A log is a list of [instant, starts], oldest first, instants in whole microseconds since 1970: JSON that stays exact.
It holds no more than the next start depends on, and at most some `MAX_ENTRIES` entries, whatever the limit.

The constraint is that the limit is never exceeded, so a log that grows is thinned by counting starts later than they
were, never earlier: neighbours in the same hundredth of the window become one entry, at the instant of the last. A
start may then wait a hundredth of the window longer than it must; with limits up to `MAX_ENTRIES` it never does.

Source: the sliding log, and sub-windows in the place of its entries, of "An alternative approach to rate limiting"
(Figma Engineering, 2017). A token bucket is less to store, but lets almost twice the limit start in one window.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

Entry = list[int]
Log = Sequence[Sequence[int]]

MAX_ENTRIES = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def earliest(log: Log, *, now: datetime, limit: int, per_seconds: float) -> datetime:
    """When the next may start: `now`, or when one that is counted leaves the window, but not before the last one.

    Starts are counted in one order, so that every window ends with the start that was let in last: give `now` and then
    `added` what comes out. `is_free` is the question of those that do not wait.
    """
    last = log[-1][0] if log else 0
    return _instant(max(_microseconds(now), last, _free_at(log, limit=limit, width=_width(per_seconds))))


def is_free(log: Log, *, now: datetime, limit: int, per_seconds: float) -> bool:
    """Whether one may start now, or as late as the last one that was counted: the clocks of two processes differ."""
    last = log[-1][0] if log else 0
    return _free_at(log, limit=limit, width=_width(per_seconds)) <= max(_microseconds(now), last)


def added(log: Log, instant: datetime, *, limit: int, per_seconds: float) -> list[Entry]:
    """The log with a start at this instant, or at that of the last one if that is later; without what is over."""
    width = _width(per_seconds)
    start = max(_microseconds(instant), log[-1][0] if log else 0)
    kept = [[at, starts] for at, starts in log if at > start - width]
    if kept and kept[-1][0] == start:
        kept[-1][1] += 1
    else:
        kept.append([start, 1])
    kept = _last(kept, limit=limit)
    return kept if len(kept) <= MAX_ENTRIES else _thinned(kept, width=width)


def over_at(log: Log, *, per_seconds: float) -> datetime | None:
    """When the whole log may be forgotten; None for an empty one."""
    return _instant(log[-1][0] + _width(per_seconds)) if log else None


def _free_at(log: Log, *, limit: int, width: int) -> int:
    """When fewer than `limit` are left in the window: when the last but so many leaves it. 0: they are fewer now."""
    counted = 0
    for at, starts in reversed(log):
        counted += starts
        if counted >= limit:
            return at + width
    return 0


def _last(log: list[Entry], *, limit: int) -> list[Entry]:
    """The entries of the last `limit` starts: no question goes farther back."""
    counted = 0
    for number in range(len(log) - 1, -1, -1):
        counted += log[number][1]
        if counted >= limit:
            return log[number:]
    return log


def _thinned(log: Sequence[Entry], *, width: int) -> list[Entry]:
    part = max(width // MAX_ENTRIES, 1)
    thinned: list[Entry] = []
    for at, starts in log:
        if thinned and thinned[-1][0] // part == at // part:
            thinned[-1] = [at, thinned[-1][1] + starts]
        else:
            thinned.append([at, starts])
    return thinned


def _width(per_seconds: float) -> int:
    return max(ceil(per_seconds * 1_000_000), 1)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
