from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        (4, 5, True),
        (5, 5, False),
        ("a", "b", True),
        ([1], 5, None),
        (MISSING, 5, None),
    ],
)
def test_it_holds_for_less_than_the_value(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("lt", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (True, "must be a number, a date or a string, not boolean"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("lt", value) == f"The value of `lt` {sentence}."
