from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide, why


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("order #12", r"#\d+", True),
        ("order", "^o.*r$", True),
        ("order", "^rd", False),
        (5, "5", None),
        ("x" * 20_001, "x", None),
        (MISSING, "x", None),
    ],
)
def test_it_holds_for_found_anywhere_unless_anchored(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("matches", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("(", "is not a usable pattern: unclosed group"),
        (5, "must be a string, not number"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("matches", value) == f"The value of `matches` {sentence}."


def test_a_value_that_turns_out_unusable_is_could_not_tell() -> None:
    assert why("matches", "x", "{{ value }}", value="(") == "unclosed group"
