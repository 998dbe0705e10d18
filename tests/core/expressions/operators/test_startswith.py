from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("Acme BV", "Acme", True),
        ("Acme BV", "BV", False),
        ("Acme", "", True),
        (5, "5", None),
        (["a"], "a", None),
        (MISSING, "a", None),
    ],
)
def test_it_holds_for_a_beginning(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("startswith", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (5, "must be a string, not number"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("startswith", value) == f"The value of `startswith` {sentence}."
