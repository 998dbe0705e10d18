from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("NL", "BE", True),
        ("NL", "NL", False),
        (5, None, True),
        ("Acme", 5, None),
        (MISSING, "NL", None),
    ],
)
def test_it_holds_for_another_value(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("ne", actual, expected) is result
