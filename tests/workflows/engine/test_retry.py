"""Retries: whether a failed try is followed by another, and when."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.engine.retry import Backoff, RetryPolicy, delay_seconds

STEADY = RetryPolicy(max_attempts=5, backoff=Backoff.EXPONENTIAL, initial_seconds=2, max_seconds=10, jitter=False)


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        pytest.param(Backoff.FIXED, [2, 2, 2, 2, None], id="fixed"),
        pytest.param(Backoff.LINEAR, [2, 4, 6, 8, None], id="linear"),
        pytest.param(Backoff.EXPONENTIAL, [2, 4, 8, 10, None], id="exponential up to the maximum"),
    ],
)
def test_the_wait_grows_as_the_policy_says_until_the_last_try(backoff: Backoff, expected: list[float | None]) -> None:
    policy = replace(STEADY, backoff=backoff)

    waits = [
        delay_seconds(policy, attempt=attempt, code="x", is_retryable=True, retry_after_seconds=None, random=0.3)
        for attempt in range(1, 6)
    ]

    assert waits == expected


def test_what_cannot_succeed_later_is_not_tried_again() -> None:
    assert delay_seconds(STEADY, attempt=1, code="x", is_retryable=False, retry_after_seconds=5, random=0) is None


def test_the_receivers_retry_after_is_a_lower_bound() -> None:
    waits = [
        delay_seconds(STEADY, attempt=1, code="x", is_retryable=True, retry_after_seconds=asked, random=0)
        for asked in (1, 60)
    ]

    assert waits == [2, 60]


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_jitter_keeps_the_wait_between_half_and_the_whole(attempt: int, random: float) -> None:
    policy = replace(STEADY, max_attempts=2000, initial_seconds=1, max_seconds=300, jitter=True)

    wait = delay_seconds(policy, attempt=attempt, code="x", is_retryable=True, retry_after_seconds=None, random=random)

    whole = min(300, 2.0 ** min(attempt - 1, 64))
    assert wait is not None
    assert whole / 2 <= wait <= whole
