from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide, why


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("NL", ["NL", "BE"], True),
        ("DE", ["NL", "BE"], False),
        ("DE", [], False),
        ("5", [1, 5], True),
        (5, ["a", 5], True),
        (5, ["a", "b"], None),
        (MISSING, ["NL"], None),
    ],
)
def test_it_holds_for_one_of_the_list(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("in", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("NL", "must be a list, not string"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("in", value) == f"The value of `in` {sentence}."


def test_a_value_that_turns_out_unusable_is_could_not_tell() -> None:
    assert why("in", "NL", "{{ value }}", value="NL") == "the value must be a list, not string"
