from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        (6, 5, True),
        (5, 5, False),
        ("403.00", 50, True),
        ("9.00", 50, False),
        ("2026-02-01", "2026-01-31", True),
        ("Acme", 5, None),
        (MISSING, 5, None),
    ],
)
def test_it_holds_for_more_than_the_value(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("gt", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([1], "must be a number, a date or a string, not list"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("gt", value) == f"The value of `gt` {sentence}."
