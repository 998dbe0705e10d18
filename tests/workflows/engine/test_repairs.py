"""The pace of repairs and their error budget, at their boundaries."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.engine import repairs
from workflows.engine.repairs import Bucket

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def after(seconds: float, *, tokens: float = 0.0, per_second: float) -> Bucket:
    return repairs.filled(Bucket(tokens, NOW), per_second=per_second, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("per_second", "seconds", "wait"),
    [(10, 0, 0.1), (10, 0.099, 0.001), (10, 0.1, 0.0), (0.5, 1.999, 0.001), (0.5, 2, 0.0)],
    ids=["at-once", "a-moment-before", "at-the-time", "slow-before", "slow-at-the-time"],
)
def test_an_item_may_be_done_when_its_token_is_there_and_not_before(
    per_second: float, seconds: float, wait: float
) -> None:
    bucket = after(seconds, per_second=per_second)

    assert repairs.wait_seconds(bucket, per_second=per_second) == pytest.approx(wait, abs=0.0005)


def test_a_standstill_saves_up_three_seconds_and_no_more() -> None:
    assert after(3, per_second=10).tokens == 30
    assert after(3600, per_second=10).tokens == 30


def test_a_slow_pace_saves_up_one_item() -> None:
    assert after(3600, per_second=0.01).tokens == 1


def test_a_clock_that_goes_back_fills_nothing_and_does_not_count_time_twice() -> None:
    back = after(-5, tokens=0.5, per_second=10)

    assert back == Bucket(0.5, NOW)


@pytest.mark.parametrize(("failed", "forgiven", "is_spent"), [(2, 0, False), (3, 0, True), (5, 3, False), (6, 3, True)])
def test_the_error_budget_is_spent_with_its_last_failure(failed: int, forgiven: int, is_spent: bool) -> None:
    assert repairs.is_spent(failed, forgiven=forgiven, max_errors=3) is is_spent


@pytest.mark.parametrize(
    ("expected", "found", "holds"),
    [
        (19, 19, True),
        (19, 20, False),
        (20, 21, True),
        (20, 22, False),
        (100, 95, True),
        (100, 94, False),
        (0, 1, False),
    ],
)
def test_a_set_may_change_by_a_twentieth_of_what_was_seen(expected: int, found: int, holds: bool) -> None:
    assert repairs.tolerates(expected, found) is holds


@pytest.mark.parametrize(("items", "per_second", "seconds"), [(0, 10, 0), (1, 10, 1), (101, 10, 11), (1, 0.01, 100)])
def test_how_long_it_takes_is_what_the_pace_says(items: int, per_second: float, seconds: int) -> None:
    assert repairs.estimated_seconds(items, per_second=per_second) == seconds
