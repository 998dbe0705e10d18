from typing import Any

import pytest

from core.expressions.paths import MISSING
from triggers.engine.detectors.base import SECOND, Json
from triggers.engine.detectors.threshold import MAX_ENTRIES, Threshold


def fired(detector: Threshold, *events: tuple[float, Any]) -> list[float]:
    """The seconds at which it fires, of events with these values."""
    state: Json = {}
    found = []
    for second, value in events:
        step = detector.step(state, at=int(second * SECOND), value=value)
        state = step.state
        found += [second] if step.fires else []
    return found


def of(aggregate: Any, value: float, operator: Any = "gte") -> Threshold:
    return Threshold(aggregate, value, 60, operator, field="" if aggregate in {"count", "rate"} else "n")


@pytest.mark.parametrize(
    ("detector", "events", "expected"),
    [
        (of("count", 3), [(0, None), (30, None), (59, None), (59.5, None)], [59]),
        (of("count", 3), [(0, None), (30, None), (60, None)], []),  # the first has left the window
        (of("count", 2), [(0, None), (1, None), (2, None), (100, None), (101, None)], [1, 101]),
        (of("count", 2), [(0, None), (50, None), (100, None), (150, None)], [50, 100, 150]),  # one left in between
        (of("count", 1), [(0, None), (10, None), (70, None)], [0, 70]),
        (of("count", 3), [(10, None), (5, None), (7, None)], [7]),  # out of order
        (of("count", 2), [(100, None), (40, None), (41, None)], [41]),  # one is too late, one is not
        (of("sum", 100), [(0, 60), (1, "40"), (2, 1)], [1]),
        (of("sum", 100), [(0, 60), (1, "x"), (2, None), (3, MISSING), (4, True), (5, 10**101), (6, 40)], [6]),
        (of("sum", 0, operator="lt"), [(0, 5), (1, -6), (2, 10), (3, -20)], [1, 3]),
        (of("avg", 10, operator="gt"), [(0, 10), (1, 11), (2, 8), (3, 20)], [1, 3]),
        (of("min", 0, operator="lte"), [(0, 5), (1, 0)], [1]),
        (of("max", 9), [(0, 8), (1, 9), (2, 10)], [1]),
        (of("distinct", 2), [(0, "a"), (1, "a"), (2, "b"), (3, MISSING)], [2]),
        (of("distinct", 2), [(0, 1), (1, "1"), (2, 1.0), (3, [1])], [3]),
        (of("distinct", 3), [(0, 10**400), (1, "a"), (2, 10**400), (3, None)], [3]),
        (of("rate", 0.05), [(0, None), (1, None), (2, None)], [2]),
    ],
    ids=str,
)
def test_it_fires_when_it_holds_and_did_not_before(
    detector: Threshold, events: list[tuple[float, Any]], expected: list[float]
) -> None:
    assert fired(detector, *events) == expected


def test_it_says_how_far_it_is() -> None:
    count, total = of("count", 3), of("sum", 10)
    first = count.step({}, at=0, value=None)
    second = count.step(first.state, at=SECOND, value=None)
    third = count.step(second.state, at=SECOND, value=None)

    assert [each.told for each in (first, second, third)] == [
        "seen 1 of 3 in 60 s", "seen 2 of 3 in 60 s", "seen 3 of 3 in 60 s",
    ]  # fmt: skip
    after = count.step(third.state, at=SECOND, value=None)
    assert (after.fires, after.told) == (
        False, "seen 4 of 3 in 60 s; it has fired, and does again after that did not hold",
    )  # fmt: skip
    assert total.step({}, at=0, value=4).told == "sum of `n` is 4 in 60 s; asked is gte 10"
    assert total.step({}, at=0, value=MISSING).told == "`n` is missing: not counted"
    late = count.step(third.state, at=-60 * SECOND, value=None)
    assert (late.state, late.told) == (
        third.state, "it came too late to be counted: the window ends with a newer event",
    )  # fmt: skip


def test_a_state_stays_small_and_counts_all_the_same() -> None:
    detector = of("count", 3 * MAX_ENTRIES)
    state: Json = {}
    for number in range(3 * MAX_ENTRIES - 1):
        step = detector.step(state, at=number, value=None)
        state = step.state
        assert not step.fires

    assert len(state["log"]) == MAX_ENTRIES
    assert detector.step(state, at=3 * MAX_ENTRIES, value=None).fires
