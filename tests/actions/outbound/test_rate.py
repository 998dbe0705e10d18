import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.outbound import rate
from core.outbound_rules import RateRule

RULE = RateRule(calls=2, per_seconds=10)


@pytest.mark.parametrize(
    ("calls", "now", "wait"),
    [
        ((), 0.0, None),
        ((0.0,), 0.0, None),
        ((0.0, 4.0), 5.0, 5.0),
        ((0.0, 4.0), 9.75, 0.25),
        ((0.0, 4.0), 10.0, None),  # the first leaves the window at its end
        ((4.0, 0.0), 5.0, 5.0),  # whichever was written first
        ((0.0, 4.0, 5.0, 6.0), 7.0, 8.0),  # the limit was higher before: the 5.0 has to go, too
    ],
)
def test_a_call_goes_when_the_window_has_room(calls: tuple[float, ...], now: float, wait: float | None) -> None:
    assert rate.admit(calls, now=now, rule=RULE).wait_seconds == wait


@given(st.lists(st.integers(0, 40).map(lambda steps: steps / 4), max_size=60), st.integers(1, 5), st.integers(1, 8))
def test_no_window_ever_holds_more_than_the_limit(pauses: list[float], calls: int, per_seconds: int) -> None:
    rule = RateRule(calls=calls, per_seconds=per_seconds)
    now, kept = 0.0, tuple[float, ...]()
    sent: list[float] = []
    for pause in pauses:
        now += pause
        count = rate.admit(kept, now=now, rule=rule)
        kept = count.calls
        if count.wait_seconds is None:
            sent.append(now)
        else:
            again = rate.admit(kept, now=now + count.wait_seconds, rule=rule)
            assert again.wait_seconds is None

    assert all(len([at for at in sent if end - per_seconds < at <= end]) <= calls for end in sent)
