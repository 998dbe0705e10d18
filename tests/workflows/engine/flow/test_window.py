from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.flow import window
from workflows.engine.flow.window import Log

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PER = 60.0


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def log_of(*seconds: float, limit: int, per_seconds: float = PER) -> Log:
    log: Log = []
    for each in seconds:
        log = window.added(log, at(each), limit=limit, per_seconds=per_seconds)
    return log


def test_as_many_as_the_limit_start_at_once_and_the_next_waits_for_the_first_to_leave() -> None:
    two = log_of(0, 10, limit=3)
    three = log_of(0, 10, 10, limit=3)

    assert window.earliest(two, now=at(10), limit=3, per_seconds=PER) == at(10)
    assert window.earliest(three, now=at(10), limit=3, per_seconds=PER) == at(60)


@pytest.mark.parametrize(("seconds", "is_free"), [(59.999999, False), (60, True)])
def test_a_start_leaves_the_window_at_its_very_end(seconds: float, is_free: bool) -> None:
    log = log_of(0, limit=1)

    assert window.is_free(log, now=at(seconds), limit=1, per_seconds=PER) is is_free


def test_no_window_over_the_turn_of_a_minute_holds_twice_the_limit() -> None:
    log = log_of(*[50] * 5, limit=5)  # a fixed window would begin anew at 60

    assert not window.is_free(log, now=at(65), limit=5, per_seconds=PER)


def test_starts_that_wait_are_in_order_and_the_limit_apart() -> None:
    log: Log = []
    instants = []
    for _ in range(5):
        instants.append(window.earliest(log, now=NOON, limit=2, per_seconds=PER))
        log = window.added(log, instants[-1], limit=2, per_seconds=PER)

    assert instants == [at(0), at(0), at(60), at(60), at(120)]


def test_a_clock_that_is_behind_neither_frees_nor_refuses_too_much() -> None:
    log = log_of(10, limit=2)

    assert window.is_free(log, now=at(9), limit=2, per_seconds=PER)
    assert window.added(log, at(9), limit=2, per_seconds=PER) == [[log[0][0], 2]]
    assert not window.is_free(log_of(10, 9, limit=2), now=at(9), limit=2, per_seconds=PER)


def test_a_log_holds_no_more_than_the_next_start_depends_on() -> None:
    assert len(log_of(*range(50), limit=3)) == 3
    assert len(log_of(*range(0, 1000, 10), limit=50)) == 6
    assert len(log_of(*(number / 100 for number in range(20_000)), limit=100_000)) <= window.MAX_ENTRIES + 2


def test_a_log_is_over_when_its_last_start_left_the_window() -> None:
    assert window.over_at([], per_seconds=PER) is None
    assert window.over_at(log_of(0, 10, limit=5), per_seconds=PER) == at(70)


# The oracle counts the starts themselves, in whole microseconds.
STEPS = st.lists(st.integers(0, 400_000), min_size=1, max_size=400)


def in_window(starts: list[datetime], *, until: datetime, seconds: float) -> int:
    begin = until - timedelta(seconds=seconds)
    return sum(begin < each <= until for each in starts)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, limit=st.integers(1, 150), per_seconds=st.sampled_from([0.001, 0.5, 3.0, 10.0]))
def test_what_is_dropped_is_what_would_exceed_the_limit(steps: list[int], limit: int, per_seconds: float) -> None:
    log: Log = []
    now = NOON
    starts: list[datetime] = []
    for step in steps:
        now += timedelta(microseconds=step)
        before = in_window(starts, until=now, seconds=per_seconds)
        if window.is_free(log, now=now, limit=limit, per_seconds=per_seconds):
            assert before < limit
            starts.append(now)
            log = window.added(log, now, limit=limit, per_seconds=per_seconds)
        else:
            assert in_window(starts, until=now, seconds=per_seconds * 1.01) >= limit
            assert before >= limit or limit > window.MAX_ENTRIES


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, limit=st.integers(1, 150), per_seconds=st.sampled_from([0.5, 3.0, 10.0]))
def test_what_waits_starts_as_soon_as_the_limit_allows(steps: list[int], limit: int, per_seconds: float) -> None:
    log: Log = []
    now = NOON
    starts: list[datetime] = []
    for step in steps:
        now += timedelta(microseconds=step // 4)
        start = window.earliest(log, now=now, limit=limit, per_seconds=per_seconds)
        log = window.added(log, start, limit=limit, per_seconds=per_seconds)
        starts.append(start)
        assert in_window(starts, until=start, seconds=per_seconds) <= limit
        if limit <= window.MAX_ENTRIES:
            nth = starts[-limit - 1] + timedelta(seconds=per_seconds) if len(starts) > limit else NOON
            assert start == max(now, nth, *starts[-2:-1])
