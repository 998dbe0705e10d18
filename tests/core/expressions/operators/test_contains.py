from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("Acme Tech BV", "Tech", True),
        ("Acme", "tech", False),
        (["a", "b"], "b", True),
        (["a"], "b", False),
        ([1, "2"], 2, True),
        ([], "a", False),
        ([True], 1, None),
        (5, "5", None),
        ("a5", 5, None),
        (MISSING, "a", None),
    ],
)
def test_it_holds_for_a_part_of_text_or_an_element_of_a_list(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("contains", actual, expected) is result
