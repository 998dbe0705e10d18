"""Clocks that run out, against a naive account of what came and what did not."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triggers.engine.covering import Part
from triggers.engine.detectors.absence import MAX_LAPSED, Absence
from triggers.engine.detectors.base import SECOND, Json, Timed

PAID = Part("order.paid")
AFTER = Absence(PAID, 10, Part("order.created"))
BEAT = Absence(Part("beat"), 10)
Came = tuple[float, str]  # the second, and "a" for one that starts the clock, or "e" for one that is waited for


def played(detector: Absence, *events: Came, looks: tuple[float, ...] = (), until: float = 1000) -> list[float]:
    """The seconds in which the clocks that fired began, of events in the order in which they are decided on."""
    state: Json = {}
    fired: list[float] = []
    pending = list(looks)
    for number, (second, part) in enumerate(events):
        while pending and pending[0] < second:
            state = looked(detector, state, pending.pop(0), fired)
        value = ("event" if part == "e" else "after", f"{number:04}")
        state = detector.step(state, at=int(second * SECOND), value=value).state
    looked(detector, state, until, fired)
    return fired


def looked(detector: Absence, state: Json, second: float, fired: list[float]) -> Json:
    while (overdue := detector.overdue(state, at=int(second * SECOND))) is not None:
        assert overdue.due == overdue.since + 10 * SECOND
        fired.append(overdue.since / SECOND)
        state = overdue.state
    return state


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([(0, "a")], [0]),
        ([(0, "a"), (10, "e")], []),  # at the last instant
        ([(0, "a"), (11, "e")], [0]),
        ([(5, "e"), (6, "a")], [6]),  # what came before answers nothing
        ([(0, "a"), (4, "a"), (8, "a")], [0]),  # the clock runs from the first
        ([(0, "a"), (4, "a"), (8, "e"), (9, "a")], [9]),  # one that is waited for answers all before it
        ([(0, "a"), (11, "a")], [0, 11]),  # fired, and armed again
        ([(0, "a"), (5, "e"), (6, "e"), (30, "e")], []),
        ([(3, "e"), (2, "a")], []),  # decided on in another order
        ([(9, "a"), (2, "a"), (11, "e")], []),  # the clock runs from the first, whichever was decided on first
        ([(0, "a"), (4, "a"), (2, "e")], [4]),  # answered is what came before it
        ([(0, "a"), (12, "e"), (7, "e")], []),  # it had run out, but what answers it was only decided on late
        ([(0, "a"), (11, "a"), (5, "e")], [11]),
        ([(20, "a"), (0, "a")], [0, 20]),
        ([(0, "a"), (12, "e"), (4, "a")], [0]),  # the clock ran for that one too
    ],
)
def test_it_fires_for_what_was_not_followed(events: list[Came], expected: list[float]) -> None:
    assert played(AFTER, *events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([(0, "e")], [0]),
        ([(0, "e"), (9, "e"), (19, "e")], [19]),
        ([(0, "e"), (11, "e"), (50, "e")], [0, 11, 50]),  # again only after one came
        ([(9, "e"), (0, "e"), (18, "e")], [18]),
        ([(0, "e"), (15, "e"), (7, "e")], [15]),  # one that was decided on late fills the silence
        ([(0, "e"), (30, "e"), (7, "e")], [7, 30]),  # or makes it shorter
    ],
)
def test_without_after_each_one_starts_the_clock(events: list[Came], expected: list[float]) -> None:
    assert played(BEAT, *events) == expected


def test_it_says_what_it_waits_for() -> None:
    first = AFTER.step({}, at=0, value=("after", "1"))
    second = AFTER.step(first.state, at=2 * SECOND, value=("after", "2"))
    third = AFTER.step(second.state, at=3 * SECOND, value=("event", "3"))
    fourth = AFTER.step(third.state, at=4 * SECOND, value=("event", "4"))
    late = AFTER.step(first.state, at=11 * SECOND, value=("event", "5"))

    assert [(each.fires, each.told, each.due) for each in (first, second, third, fourth)] == [
        (False, "waits for order.paid until 1970-01-01T00:00:10Z", 10 * SECOND),
        (False, "waits for order.paid until 1970-01-01T00:00:10Z, since 1970-01-01T00:00:00Z", 10 * SECOND),
        (False, "order.paid came in time", None),
        (False, "nothing waited for it", None),
    ]
    assert (late.told, late.due) == (
        "order.paid came too late: it was waited for until 1970-01-01T00:00:10Z", 10 * SECOND,
    )  # fmt: skip
    beat = BEAT.step({}, at=0, value=("event", "1"))
    assert beat.told == "waits for beat until 1970-01-01T00:00:10Z"
    assert BEAT.step(beat.state, at=SECOND, value=("event", "2")).told.startswith("it came in time; waits for beat")
    assert isinstance(AFTER, Timed)


def test_what_was_fired_is_not_fired_again_by_what_comes_late() -> None:
    state = AFTER.step({}, at=0, value=("after", "1")).state
    overdue = AFTER.overdue(state, at=10 * SECOND)
    assert overdue is not None
    assert (overdue.uid, overdue.next_due, AFTER.overdue(overdue.state, at=10**9)) == ("1", None, None)

    late = AFTER.step(overdue.state, at=5 * SECOND, value=("after", "2"))

    assert (late.due, late.told) == (None, "it came late: that nothing came after one before it has fired already")


def test_clocks_that_began_while_nobody_listened_are_forgotten() -> None:
    state = AFTER.step({}, at=0, value=("after", "1")).state

    assert AFTER.forget(state, until=5).due is None
    state = AFTER.step(state, at=9 * SECOND, value=("after", "2")).state
    assert AFTER.forget(state, until=5).due == 19 * SECOND
    assert AFTER.forget(state, until=-1).due == 10 * SECOND


def test_of_clocks_that_ran_out_unseen_not_all_are_kept() -> None:
    events = [(11.0 * number, "a") for number in range(2 * MAX_LAPSED)]

    assert len(played(AFTER, *events, until=10**6)) == MAX_LAPSED + 1


came = st.tuples(st.integers(0, 120), st.sampled_from("ae"))
moments = st.lists(came, max_size=25)


def expected_after(events: list[Came]) -> list[float]:
    found: list[float] = []
    armed: float | None = None
    for second, part in [*sorted(events, key=lambda each: each[0]), (10**6, "e")]:
        if armed is not None and second > armed + 10:
            found.append(armed)
            armed = None
        if part == "e":
            armed = None
        elif armed is None:
            armed = second
    return found


def expected_beat(events: list[Came]) -> list[float]:
    times = [*sorted(second for second, _ in events), 10**6]
    return [one for one, two in pairwise(times) if two > one + 10]


@given(events=moments, looks=st.lists(st.integers(0, 130), max_size=5))
def test_whenever_somebody_looks_each_absence_fires_once(events: list[Came], looks: list[float]) -> None:
    events.sort(key=lambda each: each[0])
    beats = [(second, "e") for second, _ in events]
    times = tuple(sorted(looks))

    assert played(AFTER, *events, looks=times) == expected_after(events)
    assert played(BEAT, *beats, looks=times) == expected_beat(beats)


@given(events=st.lists(came, max_size=12, unique_by=lambda each: each[0]), order=st.randoms(use_true_random=False))
def test_in_whichever_order_they_are_decided_on_nothing_fires_that_was_answered(events: list[Came], order: Any) -> None:
    beats = [(second, "e") for second, _ in events]
    order.shuffle(events)
    order.shuffle(beats)

    for since in played(AFTER, *events):
        assert (since, "a") in events
        assert not [second for second, part in events if part == "e" and since < second <= since + 10]
    assert {*played(BEAT, *beats)} <= {*expected_beat(beats)}  # one that came late may hide a silence before it
