from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import complaint, decide, why


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        (9, [9, 17], True),
        (17, [9, 17], True),
        (8.9, [9, 17], False),
        ("12", [9, 17], True),
        ("2026-01-15", ["2026-01-01", "2026-01-31"], True),
        ("noon", [9, 17], None),
        (MISSING, [9, 17], None),
    ],
)
def test_it_holds_for_within_both_bounds_included(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("between", actual, expected) is result


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([9], "must be a list of two bounds, such as [9, 17]"),
        ("9-17", "must be a list of two bounds, such as [9, 17]"),
        ([9, None], "needs bounds of which each must be a number, a date or a string, not null"),
        ([22, 6], 'can never be met: 22 is greater than 6; for a window over midnight write {"or": [...]}'),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(value: Any, sentence: str) -> None:
    assert complaint("between", value) == f"The value of `between` {sentence}."


def test_a_value_that_turns_out_unusable_is_could_not_tell() -> None:
    assert why("between", 5, "{{ value }}", value=5) == "the value must be a list of two bounds"
