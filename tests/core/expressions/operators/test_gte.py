from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        (5, 5, True),
        (4.9, 5, False),
        ("2026-01-31", "2026-01-31T00:00:00Z", True),
        (True, 1, None),
        (MISSING, 5, None),
    ],
)
def test_it_holds_for_at_least_the_value(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("gte", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "must be a number, a date or a string, not null"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("gte", value) == f"The value of `gte` {sentence}."
