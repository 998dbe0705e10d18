from typing import Any

import pytest

from core.expressions.paths import MISSING
from triggers.engine.detectors.base import Json
from triggers.engine.detectors.crossing import Crossing


def fired(detector: Crossing, *values: Any) -> list[int]:
    """The places of the values at which it fires."""
    state: Json = {}
    found = []
    for place, value in enumerate(values):
        step = detector.step(state, at=place, value=value)
        state = step.state
        found += [place] if step.fires else []
    return found


@pytest.mark.parametrize(
    ("detector", "values", "expected"),
    [
        (Crossing("n", 100), [90, 100, 110, 99, 100], [1, 4]),
        (Crossing("n", 100), [110, 120, 90, 100], [3]),  # the first passes nothing
        (Crossing("n", 100, "up", 10), [90, 100, 95, 100, 90, 100, 89, 100], [1, 7]),
        (Crossing("n", 100, "down"), [110, 100, 99, 101, 100], [1, 4]),
        (Crossing("n", 100, "down", 10), [120, 100, 105, 99, 111, 100], [1, 5]),
        (Crossing("n", 100, "both"), [90, 100, 99, 100], [1, 2, 3]),
        (Crossing("n", 100, "both", 10), [90, 105, 110, 95, 89, 105, 110], [2, 4, 6]),
        (Crossing("n", 0.5), ["0.4", "x", None, MISSING, True, [], "0.6"], [6]),
    ],
    ids=str,
)
def test_it_fires_when_the_value_comes_from_the_other_side(
    detector: Crossing, values: list[Any], expected: list[int]
) -> None:
    assert fired(detector, *values) == expected


def test_it_says_on_which_side_the_value_is() -> None:
    detector = Crossing("n", 100)
    first = detector.step({}, at=1, value=90)
    second = detector.step(first.state, at=2, value=91)
    third = detector.step(second.state, at=3, value=101)

    assert first.told == "`n` is 90, below the line 100; it is the first value, which passes nothing"
    assert second.told == "`n` is 91, below the line 100, as before"
    assert (third.fires, third.told) == (True, "`n` is 101, above the line 100 now")
    assert detector.step(third.state, at=2, value=1).told == "it came before an event that was decided on already"
    assert detector.step(third.state, at=4, value="x").told == "`n` is no number, so on no side of 100"
