from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions.paths import MISSING
from triggers.engine.detectors.anomaly import DEFAULT_SENSITIVITY, Anomaly, Method
from triggers.engine.detectors.base import Json

METHODS = get_args(Method)
CALM = [99, 101, 100, 102, 98, 100, 101, 99, 100, 100]


def of(method: Any = "zscore", **changes: Any) -> Anomaly:
    return Anomaly("n", method, **{"sensitivity": DEFAULT_SENSITIVITY[method], **changes})


def fired(detector: Anomaly, *values: Any) -> list[int]:
    """The places of the values at which it fires."""
    state: Json = {}
    found = []
    for place, value in enumerate(values):
        step = detector.step(state, at=place, value=value)
        state = step.state
        found += [place] if step.fires else []
    return found


def after(detector: Anomaly, *values: Any) -> Json:
    state: Json = {}
    for place, value in enumerate(values):
        state = detector.step(state, at=place, value=value).state
    return state


@pytest.mark.parametrize("method", METHODS)
def test_it_fires_for_an_outlier_and_again_after_a_value_that_is_expected(method: Method) -> None:
    detector = of(method)

    assert fired(detector, *CALM, 950, 960, 100, "9950") == [10, 13]
    assert fired(detector, *CALM, 100, 99) == []
    assert fired(detector, *CALM[:9], 950) == []  # nine are there to compare it with
    assert fired(detector, *CALM, "x", None, MISSING, True, [], 10**101) == []


@pytest.mark.parametrize(
    ("direction", "expected"), [("up", [10]), ("down", [12]), ("both", [10, 12])], ids=["up", "down", "both"]
)
def test_it_may_look_in_one_direction(direction: Any, expected: list[int]) -> None:
    assert fired(of("mad", direction=direction), *CALM, 950, 100, -950) == expected


@pytest.mark.parametrize("method", METHODS)
def test_among_values_that_are_all_alike_any_other_is_an_outlier_but_for_noise(method: Method) -> None:
    assert fired(of(method), *[0.3] * 10, 0.1 + 0.2, 0.3, 0.31) == [12]
    assert fired(of(method), *[0] * 10, 0.1 + 0.2 - 0.3, 1) == [11]
    assert fired(of(method), *[1e99] * 10, -1e99) == [10]


def test_where_most_are_alike_mad_takes_the_mean_distance_and_iqr_nothing() -> None:
    mostly = [0, 0, 0, 0, 0, 0, 0, 0, 0, 5]

    assert fired(of("mad"), *mostly, 2) == []  # the mean distance is 0.5: up to 3.5 * 1.2533 * 0.5 = 2.19
    assert fired(of("mad"), *mostly, 0, 3) == [11]
    assert fired(of("iqr"), *mostly, 0, 2) == [11]


def test_only_the_newest_values_are_compared_and_kept() -> None:
    detector = of(window=10)
    steady = [500, 501] * 6

    assert fired(detector, *CALM, *steady, 505) == [10, 22]
    assert [entry[1] for entry in after(detector, *CALM, *steady)["log"]] == [500, 501] * 5


def test_it_says_what_is_expected() -> None:
    told = {method: of(method).step(after(of(method), *CALM), at=99, value=950).told for method in METHODS} | {
        "down": of(direction="down").step(after(of(), *CALM), at=99, value=95).told
    }

    assert told == {
        "zscore": "`n` is 950; expected 96.5359..103.464 (mean 100, deviation 1.1547 of 10 values), z = 736",
        "mad": "`n` is 950; expected 94.811..105.189 (median 100, median deviation 1 of 10 values), modified z = 573",
        "iqr": "`n` is 950; expected 97..103 (quartiles 99.25 and 100.75 of 10 values), ranges outside = 566",
        "down": "`n` is 95; expected at least 96.5359 (mean 100, deviation 1.1547 of 10 values), z = -4.33",
    }


def test_it_says_why_it_does_not_fire() -> None:
    detector = of()
    first = detector.step({}, at=0, value="7")
    again = detector.step(after(detector, *CALM, 950), at=99, value=10**6)

    assert first.told == "`n` is 7; 0 of 10 values are there to compare it with"
    assert again.told.endswith("z = 3.9e+03; it has fired, and does again after a value that is expected")
    assert detector.step({}, at=0, value=MISSING).told == "`n` is missing: not counted"
    assert detector.step({}, at=0, value="x").told == "`n` is no number: not counted"
    assert detector.step(after(detector, *[5] * 10), at=99, value=6).told == (
        "`n` is 6; expected 5..5 (mean 5, deviation 0 of 10 values)"
    )


def test_what_comes_out_of_order_takes_its_place() -> None:
    detector = of("mad")
    log = [[10 * place, number, number == 950] for place, number in enumerate([*CALM, 950])]
    state: Json = {"log": log}

    beside = detector.step(state, at=95, value=900)
    early = detector.step(state, at=45, value=900)
    late = detector.step({"log": log[:10]}, at=95, value=100)

    assert (beside.fires, early.fires, late.fires) == (False, False, False)
    assert beside.state["log"][10] == [95, 900, True]
    assert early.told == "`n` is 900; 5 of 10 values are there to compare it with"
    assert [entry[0] for entry in early.state["log"]] == [0, 10, 20, 30, 40, 45, 50, 60, 70, 80, 90, 100]
    full = of(window=11).step(state, at=-1, value=900)
    assert (full.state, full.told) == (state, "it came too late to be counted: newer values fill the window")


def is_outlier(method: Method, before: list[int], number: int) -> bool:
    """As the books have it, exactly."""
    values, size = sorted(map(Fraction, before)), len(before)
    sensitivity = Fraction(DEFAULT_SENSITIVITY[method])
    if method == "zscore":
        mean = sum(values) / size
        return (number - mean) ** 2 * (size - 1) > sensitivity**2 * sum((each - mean) ** 2 for each in values)
    if method == "iqr":
        first, third = at(values, Fraction(1, 4)), at(values, Fraction(3, 4))
        reach = sensitivity * (third - first)
        return not first - reach <= number <= third + reach
    middle = at(values, Fraction(1, 2))
    away = sorted(abs(each - middle) for each in values)
    if mad := at(away, Fraction(1, 2)):
        return Fraction(6745, 10_000) * abs(number - middle) / mad > sensitivity
    return abs(number - middle) > sensitivity * Fraction(1_253_314, 1_000_000) * sum(away) / size


def at(values: list[Fraction], share: Fraction) -> Fraction:
    """The quantile, between two values in proportion."""
    place = share * (len(values) - 1)
    low = values[int(place)]
    return low + (place - int(place)) * (values[min(int(place) + 1, len(values) - 1)] - low)


@pytest.mark.parametrize("method", METHODS)
@given(numbers=st.lists(st.integers(-6, 6) | st.integers(-1000, 1000), max_size=50))
def test_it_fires_as_the_books_say(method: Method, numbers: list[int]) -> None:
    outliers = [
        place >= 5 and is_outlier(method, numbers[max(0, place - 12) : place], number)
        for place, number in enumerate(numbers)
    ]
    expected = [place for place, each in enumerate(outliers) if each and not outliers[place - 1]]

    assert fired(of(method, window=12, min_values=5), *numbers) == expected


@given(events=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5) | st.just(1000)), max_size=60))
def test_in_any_order_the_state_stays_sorted_and_small_and_outliers_in_a_row_fire_once(
    events: list[tuple[int, int]],
) -> None:
    detector = of("mad", window=15, min_values=3)
    log: list[Any] = []
    for instant, number in events:
        step = detector.step({"log": log}, at=instant, value=number)
        before = [entry for entry in log if entry[0] <= instant]
        later = [entry for entry in log if entry[0] > instant]
        log = step.state["log"]
        if step.fires:
            assert not any(entry[2] for entry in [*before[-1:], *later[:1]])
            assert [instant, number, True] in log
        assert len(log) <= 15
        assert [entry[0] for entry in log] == sorted(entry[0] for entry in log)
