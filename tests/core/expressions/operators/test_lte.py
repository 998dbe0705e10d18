from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        (5, 5, True),
        (5.1, 5, False),
        ("5", 5, True),
        (None, 5, None),
        (MISSING, 5, None),
    ],
)
def test_it_holds_for_at_most_the_value(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("lte", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"a": 1}, "must be a number, a date or a string, not object"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("lte", value) == f"The value of `lte` {sentence}."
