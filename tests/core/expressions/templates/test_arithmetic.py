import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given

from core.expressions.templates import TemplateError, arithmetic
from tests.core.expressions.strategies import json_values

DAY = date(2026, 1, 30)
MOMENT = datetime(2026, 1, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "symbol", "right", "result"),
    [
        (7, "+", 2, 9),
        (7, "-", 2.5, 4.5),
        (7, "*", 2, 14),
        (7, "/", 2, 3.5),
        (7, "//", 2, 3),
        (7, "%", 4, 3),
        (DAY, "+", 2, date(2026, 2, 1)),
        (DAY, "-", 30, date(2025, 12, 31)),
        (MOMENT, "+", 2, datetime(2026, 2, 1, 12, tzinfo=UTC)),
        (MOMENT, "-", 0.5, datetime(2026, 1, 30, 0, tzinfo=UTC)),
        (DAY, "-", date(2026, 1, 1), 29),
        (MOMENT, "-", datetime(2026, 1, 29, 0, tzinfo=UTC), 1.5),
        (MOMENT, "-", DAY, 0.5),
    ],
)
def test_numbers_and_dates_are_calculated(left: Any, symbol: str, right: Any, result: Any) -> None:
    assert arithmetic.calculate(symbol, left, right) == result


@pytest.mark.parametrize(
    ("left", "symbol", "right", "reason"),
    [
        ("x", "*", 10**8, "not on string and number"),
        ("a", "+", "b", "not on string and string"),
        ([1], "*", 5, "not on list and number"),
        (True, "+", 1, "not on boolean and number"),
        ("%1000000d", "%", 1, "not on string and number"),
        (1, "+", DAY, "not on number and a date"),
        (DAY, "*", 2, "not on a date and number"),
        (1, "/", 0, "`/` divides by zero"),
        (1.5, "%", 0, "`%` divides by zero"),
        (2**62, "*", 2, "the result of `*` is too large"),
        (1e308, "*", 10, "the result of `*` is too large"),
        (10**400, "/", 1, "the result of `/` is too large"),
        (DAY, "+", 10**9, "the result of `+` is too large"),
        (MOMENT, "-", 1e300, "the result of `-` is too large"),
    ],
)
def test_everything_else_is_refused(left: Any, symbol: str, right: Any, reason: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(reason)):
        arithmetic.calculate(symbol, left, right)


@given(json_values, json_values)
def test_any_two_values_give_a_bounded_number_or_a_template_error(left: Any, right: Any) -> None:
    for symbol in ("+", "-", "*", "/", "//", "%"):
        try:
            result = arithmetic.calculate(symbol, left, right)
        except TemplateError:
            continue
        assert isinstance(result, float) or abs(result) <= arithmetic.MAX_INTEGER
