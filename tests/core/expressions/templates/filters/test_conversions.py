from typing import Any

import pytest

from core.expressions.templates import TemplateError
from tests.core.expressions.templates.filters.checking import apply


@pytest.mark.parametrize(
    ("value", "filters", "result"),
    [
        ("403.00", "number", 403.0),
        (" 12 ", "number", 12),
        (7, "number + 1", 8),
        ("12.9", "int", 12),
        (-12.9, "int", -12),
        (2.5, "round", 3),
        (-2.5, "round", -3),
        (2.345, "round(2)", 2.35),
        ("2.345", "round(2)", 2.35),
        (3, "string", "3"),
        (None, "string", ""),
        ({"a": [1, None]}, "json", '{"a":[1,null]}'),
        ("x", "json", '"x"'),
        (1234.5, "currency", "€1,234.50"),
        (1234.5, "currency('usd')", "$1,234.50"),
        (-1234.5, "currency('JPY')", "-¥1,235"),
        ("99.999", "currency('CHF')", "CHF 100.00"),
        (None, "default(5)", 5),
        (0, "default(5)", 0),
        (0, "default(5, true)", 5),
    ],
)
def test_a_value_is_converted(value: Any, filters: str, result: Any) -> None:
    converted = apply(filters, value)

    assert (converted, type(converted)) == (result, type(result))


@pytest.mark.parametrize(
    ("value", "filters", "reason"),
    [
        ("12 apples", "number", "`number` needs a number, or text that is wholly a number, not string"),
        (True, "number", "`number` needs a number, or text that is wholly a number, not boolean"),
        (1e300, "int", "`int` cannot work with such a value, it is out of range"),
        (1e300, "round(2)", "`round` cannot work with such a value, it is out of range"),
        (1, "round(16)", "`round` needs a whole number from 0 to 15"),
        (1, "currency('EURO')", "`currency` needs a currency code of three letters, such as EUR"),
        (["x" * 300_000], "json", "`json` a value is longer than 262,144 characters as JSON"),
    ],
)
def test_what_cannot_be_converted_is_refused(value: Any, filters: str, reason: str) -> None:
    with pytest.raises(TemplateError) as failed:
        apply(filters, value)
    assert reason in failed.value.detail
