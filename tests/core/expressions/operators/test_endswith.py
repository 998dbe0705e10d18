from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("Acme BV", "BV", True),
        ("Acme BV", "Acme", False),
        (5, "5", None),
        (MISSING, "a", None),
    ],
)
def test_it_holds_for_an_end(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("endswith", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "must be a string, not null"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("endswith", value) == f"The value of `endswith` {sentence}."
