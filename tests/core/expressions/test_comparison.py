import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions import comparison
from core.expressions.verdicts import NO, YES, negate
from tests.core.expressions.strategies import json_values


def less(actual: Any, expected: Any) -> bool | None:
    return comparison.ordered(actual, expected, holds=operator.lt).result


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        pytest.param(1, 1.0, True, id="whole and decimal number"),
        pytest.param("403.00", 403, True, id="text that spells the number"),
        pytest.param(5, "5", True, id="number with text"),
        pytest.param("5", "5.0", False, id="two texts are not numbers"),
        pytest.param("NL", "NL", True, id="same text"),
        pytest.param("NL", "nl", False, id="case counts"),
        pytest.param("2026-01-01", "2026-01-01T00:00:00Z", True, id="date and its midnight"),
        pytest.param("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", True, id="one instant in two zones"),
        pytest.param("2026-01-01T09:00", "2026-01-01T09:00Z", True, id="naive is UTC"),
        pytest.param(None, None, True, id="null is null"),
        pytest.param("x", None, False, id="asked for null, it is something"),
        pytest.param(None, "x", None, id="null where text was expected"),
        pytest.param(True, True, True, id="booleans"),
        pytest.param(True, 1, None, id="true is no number"),
        pytest.param("true", True, None, id="text is no boolean"),
        pytest.param("Acme", 5, None, id="text that is no number"),
        pytest.param([1, {"a": 2.0}], [1.0, {"a": 2}], True, id="lists by value"),
        pytest.param([1], [True], False, id="inside lists true is not 1"),
        pytest.param([1], ["1"], False, id="inside lists text is not a number"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="objects in any order"),
        pytest.param({"a": 1}, [1], None, id="object with list"),
    ],
)
def test_equality_has_three_answers(actual: Any, expected: Any, result: bool | None) -> None:
    assert comparison.equal(actual, expected).result is result


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        pytest.param(1, 2, True, id="numbers"),
        pytest.param("403.00", 50, False, id="403 is not less than 50"),
        pytest.param("9.00", 50, True, id="9 is less than 50"),
        pytest.param("10", "9", True, id="two texts by code point"),
        pytest.param("Z", "a", True, id="capitals come first"),
        pytest.param("é", "z", False, id="accents come last"),
        pytest.param("2026-01-31", "2026-02-01T00:00:00Z", True, id="dates"),
        pytest.param("2026-01-01T00:30+01:00", "2026-01-01", True, id="instants, not text"),
        pytest.param(True, False, None, id="booleans have no order"),
        pytest.param([1], [2], None, id="lists have no order"),
        pytest.param(None, 1, None, id="null has no order"),
        pytest.param("Acme", 5, None, id="text with number"),
    ],
)
def test_order_has_three_answers(actual: Any, expected: Any, result: bool | None) -> None:
    assert less(actual, expected) is result


def test_the_reason_names_both_types() -> None:
    assert comparison.equal("Acme", 5).why == "type mismatch: string compared with number"
    assert comparison.ordered([1], [2], holds=operator.lt).why == "type mismatch: list has no order"


def test_what_is_nested_too_deeply_cannot_be_told() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]

    assert comparison.equal(value, value).why == "nested more than 64 levels deep"


@given(json_values, json_values)
def test_equality_is_symmetric_but_for_null(first: Any, second: Any) -> None:
    if first is not None and second is not None:
        assert comparison.equal(first, second).result is comparison.equal(second, first).result


@given(json_values)
def test_everything_equals_itself(value: Any) -> None:
    assert comparison.equal(value, value) == YES


@given(json_values, json_values)
def test_exactly_one_of_less_equal_and_greater_holds_or_none_can_be_told(first: Any, second: Any) -> None:
    greater = comparison.ordered(first, second, holds=operator.gt).result
    if less(first, second) is None:
        assert greater is None
    else:
        assert [less(first, second), comparison.equal(first, second).result, greater].count(True) == 1


@given(json_values, json_values)
def test_at_least_is_not_less(first: Any, second: Any) -> None:
    at_least = comparison.ordered(first, second, holds=operator.ge)

    assert at_least == negate(comparison.ordered(first, second, holds=operator.lt))


@given(
    st.lists(st.dates().map(str) | st.datetimes().map(lambda moment: moment.isoformat() + "Z"), min_size=3, max_size=3)
)
def test_the_order_of_dates_is_transitive(dates: list[str]) -> None:
    first, second, third = dates
    if less(first, second) and less(second, third):
        assert comparison.ordered(first, third, holds=operator.lt) == YES
        assert comparison.equal(first, third) == NO
