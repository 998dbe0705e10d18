from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("Acme", "Tech", True),
        ("Acme Tech", "Tech", False),
        (["a"], "b", True),
        (["a", "b"], "b", False),
        (5, "5", None),
        (MISSING, "a", None),
    ],
)
def test_it_holds_for_no_part_of_text_and_no_element_of_a_list(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("not_contains", actual, expected) is result
