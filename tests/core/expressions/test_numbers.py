from typing import Any

import pytest

from core.expressions import numbers


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (5.5, 5.5),
        ("403.00", 403.0),
        ("-7", -7),
        ("1e3", 1000.0),
        ("0", 0),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_numbers_and_text_that_spells_one(value: Any, number: float) -> None:
    assert numbers.parse(value) == number


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        [],
        {},
        "",
        " 5",
        "5 ",
        "+5",
        "05",
        "0x1",
        "1_000",
        "1,5",
        "NaN",
        "Infinity",
        "1e999",
        "\u0665",
        "9" * 309,
        "9" * 401,
    ],
)
def test_everything_else_is_no_number(value: Any) -> None:
    assert numbers.parse(value) is None


def test_a_boolean_is_no_number() -> None:
    assert [numbers.is_number(value) for value in (1, 1.0, True, "1")] == [True, True, False, False]
