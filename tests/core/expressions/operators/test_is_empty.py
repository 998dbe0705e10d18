from typing import Any

import pytest

from core.expressions import conditions
from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide, why


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        (MISSING, True, True),
        (None, True, True),
        ("", True, True),
        ([], True, True),
        ({}, True, True),
        (0, True, False),
        (False, True, False),
        (" ", True, False),
        ([None], True, False),
        ("x", False, True),
        (None, False, False),
    ],
)
def test_it_holds_for_missing_null_or_without_content(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("is_empty", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (1, "must be true or false, not number"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("is_empty", value) == f"The value of `is_empty` {sentence}."


def test_a_value_that_turns_out_unusable_is_could_not_tell() -> None:
    assert why("is_empty", 5, "{{ value }}", value=5) == "the value must be true or false"


def test_its_value_is_true_when_left_out() -> None:
    assert conditions.normalise({"field": "a", "operator": "is_empty"}) == {
        "field": "a",
        "operator": "is_empty",
        "value": True,
    }
