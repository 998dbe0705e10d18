"""The words for bulk repairs, how far one is after an item, and at what pace items are done. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

BURST_SECONDS = 3.0  # a worker looks every two; what is saved up beyond this is lost, so a standstill brings no rush


class Target(StrEnum):
    """What the items of a repair are."""

    RUN = "run"
    NOTIFICATION = "notification"


class RepairStatus(StrEnum):
    """How far a repair is."""

    PENDING = "pending"  # its items are chosen, none is done
    RUNNING = "running"
    PAUSED = "paused"  # by a person
    STOPPED = "stopped"  # by itself: too many items failed
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ItemStatus(StrEnum):
    """How far one item of a repair is."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # there was nothing to do any more


GOING = frozenset({RepairStatus.PENDING, RepairStatus.RUNNING})
OVER = frozenset({RepairStatus.COMPLETED, RepairStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many items may be done at once, as counted at an instant."""

    tokens: float
    filled_at: datetime


def filled(bucket: Bucket, *, per_second: float, now: datetime) -> Bucket:
    """The bucket as it is now: fuller by the pace, up to that of `BURST_SECONDS`, and never too small for one item.

    So in any `t` seconds at most `per_second * (t + BURST_SECONDS)` items are done, or one more than `per_second * t`
    at a slow pace. A clock that goes back fills nothing.

    Source: token bucket, RFC 2697 (section 3), with one item as its token.
    """
    seconds = max(0.0, (now - bucket.filled_at).total_seconds())
    capacity = max(1.0, per_second * BURST_SECONDS)
    return Bucket(min(capacity, bucket.tokens + seconds * per_second), max(now, bucket.filled_at))


def wait_seconds(bucket: Bucket, *, per_second: float) -> float:
    """For how long no item may be done, of a bucket as it is now; 0 when one may."""
    return max(0.0, (1.0 - bucket.tokens) / per_second)


def estimated_seconds(items: int, *, per_second: float) -> int:
    """How long so many items take at least."""
    return math.ceil(items / per_second)


def is_spent(failed: int, *, forgiven: int, max_errors: int) -> bool:
    """Whether the error budget is: `max_errors` items failed, besides those that were forgiven by going on."""
    return failed - forgiven >= max_errors


def tolerates(expected: int, found: int) -> bool:
    """Whether a set is still the one that a person saw: up to 5 % more or fewer. Under 20 it has to be the same."""
    return abs(found - expected) <= expected // 20
