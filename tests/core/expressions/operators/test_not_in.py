from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("DE", ["NL", "BE"], True),
        ("NL", ["NL", "BE"], False),
        ("DE", [], True),
        (5, ["a", "b"], None),
        (MISSING, ["NL"], None),
    ],
)
def test_it_holds_for_none_of_the_list(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("not_in", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (5, "must be a list, not number"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("not_in", value) == f"The value of `not_in` {sentence}."
