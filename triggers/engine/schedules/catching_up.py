"""What becomes of the slots of a schedule that are due, when they are looked at: in time, or long after.

A slot is late when it is looked at more than `GRACE` after it should have fired. What is not late fires, always. Of
those that are late, the policy chooses:

1. `none`: none fires.
2. `latest`: the newest fires, for all of them; none when another slot fires in time now.
3. `all`: the newest `max_catch_up` fire, oldest first.

What was not chosen is missed: one span from the first to the last, since the chosen ones are always the newest. They
are counted up to `COUNTED`: two years of every minute are a million, and nobody waits for their number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from triggers.engine.schedules import jitter, spec
from triggers.engine.schedules.spec import Spec

GRACE = timedelta(seconds=60)
COUNTED = 1000
MAX_CATCH_UP = 1000
_IN_TIME = GRACE // timedelta(seconds=spec.MIN_SECONDS) + 4  # more slots than can be in time at once, jitter or not

CatchUp = Literal["none", "latest", "all"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How a schedule fires. `key` is its id, for the jitter."""

    spec: Spec
    key: str
    jitter_seconds: int = 0
    catch_up: CatchUp = "latest"
    max_catch_up: int = 100


@dataclass(frozen=True, slots=True)
class Missed:
    """Slots that do not fire any more, all from `first` to `last`; `is_exact` is False when there are more."""

    first: datetime
    last: datetime
    slots: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What is to fire, oldest first, what is missed, and when the schedule is to be looked at again."""

    fires: tuple[datetime, ...]
    missed: Missed | None
    next_slot: datetime | None
    next_fire_at: datetime | None


def fire_at(policy: Policy, slot: datetime) -> datetime:
    """When a slot fires."""
    if not policy.jitter_seconds:
        return slot
    following = spec.next_after(policy.spec, slot)
    return jitter.fire_at(slot, following, key=policy.key, seconds=policy.jitter_seconds)


def following(policy: Policy, moment: datetime) -> tuple[datetime | None, datetime | None]:
    """The first slot after `moment`, and when it fires; twice None when there is none any more."""
    slot = spec.next_after(policy.spec, moment)
    return slot, None if slot is None else fire_at(policy, slot)


def settle(policy: Policy, *, slot: datetime, now: datetime) -> Due:
    """Decide on `slot`, which is due, and on all that followed it until `now`."""
    later = spec.next_after(policy.spec, slot)
    slots, is_all = [slot], True
    if later is not None and later <= now:
        slots = [slot, later, *spec.between(policy.spec, later, now, COUNTED)]
        is_all = len(slots) <= COUNTED
        slots = slots if is_all else spec.newest(policy.spec, slot, now, _kept(policy) + _IN_TIME)
        later = spec.next_after(policy.spec, max(slots[-1], now))
    if policy.jitter_seconds and fire_at(policy, slots[-1]) > now:  # the only one that can be put off beyond now
        later = slots.pop()
    in_time = [each for each in slots if now - each <= GRACE or now - fire_at(policy, each) <= GRACE]
    late = slots[: len(slots) - len(in_time)]
    chosen = _chosen(policy, late, is_any_in_time=bool(in_time))
    left = late[: len(late) - len(chosen)]
    missed = Missed(left[0] if is_all else slot, left[-1], len(left) if is_all else COUNTED, is_all) if left else None
    return Due((*chosen, *in_time), missed, later, None if later is None else fire_at(policy, later))


def _kept(policy: Policy) -> int:
    return {"none": 0, "latest": 1, "all": policy.max_catch_up}[policy.catch_up]


def _chosen(policy: Policy, late: list[datetime], *, is_any_in_time: bool) -> list[datetime]:
    kept = 0 if policy.catch_up == "latest" and is_any_in_time else _kept(policy)
    return late[max(0, len(late) - kept) :]
