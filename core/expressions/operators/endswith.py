"""`endswith`: the string ends with the value."""

from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, told


def _apply(actual: Any, expected: Any) -> Verdict:
    if isinstance(actual, str) and isinstance(expected, str):
        return told(actual.endswith(expected))
    return comparison.mismatch(actual, expected)


register(
    Operator(
        name="endswith",
        title="ends with",
        apply=_apply,
        check=values.check_string,
        aliases=("ends_with", "suffix"),
    )
)
