"""`ne`: the field is another value."""

from typing import Any

from core.expressions import comparison
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, negate


def _apply(actual: Any, expected: Any) -> Verdict:
    return negate(comparison.equal(actual, expected))


register(
    Operator(
        name="ne", title="is not", apply=_apply, aliases=("!=", "!==", "<>", "neq", "not_equals", "not_equal", "not")
    )
)
