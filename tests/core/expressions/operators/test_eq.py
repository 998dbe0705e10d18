from typing import Any

import pytest

from core.expressions.paths import MISSING
from tests.core.expressions.operators.checking import decide


@pytest.mark.parametrize(
    ("actual", "expected", "result"),
    [
        ("NL", "NL", True),
        ("NL", "BE", False),
        ("403.00", 403, True),
        (None, None, True),
        ("Acme", 5, None),
        (MISSING, "NL", None),
    ],
)
def test_it_holds_for_the_same_value(actual: Any, expected: Any, result: bool | None) -> None:
    assert decide("eq", actual, expected) is result
