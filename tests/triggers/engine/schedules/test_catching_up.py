"""What becomes of the times of a schedule that nobody looked at in time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.engine import schedules
from triggers.engine.schedules import catching_up
from triggers.engine.schedules.catching_up import Due, Missed, Policy

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def policy(params: dict[str, Any], **changes: Any) -> Policy:
    return Policy(schedules.of(params, anchor=NINE), "key", **changes)


def settle(stopped_minutes: float, **changes: Any) -> Due:
    """What a schedule of every minute comes to that is due at nine and looked at so many minutes later."""
    every_minute = policy({"cron": "* * * * *"}, **changes)
    return catching_up.settle(every_minute, slot=NINE, now=NINE + stopped_minutes * MINUTE)


def minutes(moments: Any) -> list[int]:
    return [int((each - NINE) / MINUTE) for each in moments]


@pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
def test_what_is_looked_at_in_time_fires_whatever_the_policy(catch_up: Any) -> None:
    due = settle(0.5, catch_up=catch_up)

    assert due == Due((NINE,), None, NINE + MINUTE, NINE + MINUTE)


@pytest.mark.parametrize(
    ("changes", "fires", "missed"),
    [
        # Stopped from 9:00 to 9:10:30: 9:00 to 9:09 are late, 9:10 is in time.
        ({"catch_up": "none"}, [10], (0, 9, 10)),
        ({"catch_up": "latest"}, [10], (0, 9, 10)),
        ({"catch_up": "all"}, list(range(11)), None),
        ({"catch_up": "all", "max_catch_up": 3}, [7, 8, 9, 10], (0, 6, 7)),
    ],
    ids=str,
)
def test_ten_minutes_without_a_clock(
    changes: dict[str, Any], fires: list[int], missed: tuple[int, int, int] | None
) -> None:
    due = settle(10.5, **changes)

    assert minutes(due.fires) == fires
    found = due.missed and (*minutes([due.missed.first, due.missed.last]), due.missed.slots)
    assert found == missed
    assert due.next_slot == NINE + 11 * MINUTE


HOURS = [("5 minutes", timedelta(minutes=5)), ("3 hours", timedelta(hours=3)), ("26 hours", timedelta(hours=26))]


@pytest.mark.parametrize(("cron", "slots"), [("5 9 * * *", [0, 1, 2]), ("5 * * * *", [0, 3, 26])])
@pytest.mark.parametrize(("catch_up", "most"), [("none", 0), ("latest", 1), ("all", 5)])
@pytest.mark.parametrize("number", range(3))
def test_a_clock_that_stood_for_minutes_hours_or_a_day(
    cron: str, slots: list[int], catch_up: Any, most: int, number: int
) -> None:
    # T22: stopped at 9:04:00; looked at again so much later, and never within a minute of a time.
    rule = policy({"cron": cron}, catch_up=catch_up, max_catch_up=5)
    now = NINE + 4 * MINUTE + HOURS[number][1] - timedelta(seconds=30) * (number == 0)
    if slots[number] == 0:
        now = NINE + 4 * MINUTE + timedelta(seconds=59)
        assert schedules.between(rule.spec, NINE, now, 9) == []
        return

    due = catching_up.settle(rule, slot=NINE + 5 * MINUTE, now=now)

    assert len(due.fires) == min(slots[number], most)
    assert (due.missed.slots if due.missed else 0) == slots[number] - len(due.fires)


def test_the_newest_fires_for_all_that_are_late() -> None:
    due = catching_up.settle(policy({"cron": "0 * * * *"}), slot=NINE, now=NINE + timedelta(hours=5, minutes=30))

    assert due.fires == (NINE + timedelta(hours=5),)
    assert due.missed == Missed(NINE, NINE + timedelta(hours=4), 5, is_exact=True)


@pytest.mark.parametrize(("catch_up", "number"), [("none", 1), ("latest", 1), ("all", 101)])
def test_two_years_of_every_minute_are_one_row_and_soon_decided(catch_up: Any, number: int) -> None:
    begun = time.process_time()

    due = settle(730 * 24 * 60 + 0.5, catch_up=catch_up)

    assert len(due.fires) == number
    assert due.fires[-1] == NINE + timedelta(days=730)
    assert due.missed == Missed(NINE, due.fires[0] - MINUTE, 1000, is_exact=False)
    assert time.process_time() - begun < 1


@settings(deadline=None)  # the machine may be busy
@given(
    params=st.sampled_from(
        [{"cron": "*/7 * * * *"}, {"every_seconds": 5}, {"every_seconds": 3601}, {"cron": "@daily"}]
    ),
    late=st.integers(0, 200_000),
    catch_up=st.sampled_from(["none", "latest", "all"]),
    jitter_seconds=st.sampled_from([0, 30, 600]),
)
def test_every_time_fires_or_is_missed_or_is_still_to_come(
    params: dict[str, Any], late: int, catch_up: Any, jitter_seconds: int
) -> None:
    rule = policy(params, catch_up=catch_up, jitter_seconds=jitter_seconds, max_catch_up=20)
    slot, at = catching_up.following(rule, NINE)
    assert slot is not None
    assert at is not None
    now = at + timedelta(seconds=late)
    every = [slot, *schedules.between(rule.spec, slot, now, 100_000)]

    due = catching_up.settle(rule, slot=slot, now=now)

    past = [each for each in every if catching_up.fire_at(rule, each) <= now]
    coming = schedules.next_after(rule.spec, past[-1])
    missed = due.missed.slots if due.missed else 0
    assert len(every) - len(past) <= 1
    assert due.next_slot == coming
    assert due.next_fire_at is not None
    assert due.next_fire_at > now
    assert list(due.fires) == past[len(past) - len(due.fires) :]
    assert len(due.fires) + missed == len(past) or (missed == 1000 and len(due.fires) + missed < len(past))
