from typing import Any

import pytest

from core.expressions import conditions
from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide, why


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("x", True, True),
        (None, True, True),
        (MISSING, True, False),
        (MISSING, False, True),
        ("x", False, False),
    ],
)
def test_it_holds_for_there_even_when_null(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("exists", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("yes", "must be true or false, not string"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("exists", value) == f"The value of `exists` {sentence}."


def test_a_value_that_turns_out_unusable_is_could_not_tell() -> None:
    assert why("exists", 5, "{{ value }}", value=5) == "the value must be true or false"


def test_its_value_is_true_when_left_out() -> None:
    assert conditions.normalise({"field": "a", "operator": "exists"}) == {
        "field": "a",
        "operator": "exists",
        "value": True,
    }
