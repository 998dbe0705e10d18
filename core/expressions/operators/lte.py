"""`lte`: the field is at most the value."""

import operator
from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict


def _apply(actual: Any, expected: Any) -> Verdict:
    return comparison.ordered(actual, expected, holds=operator.le)


register(
    Operator(
        name="lte",
        title="is at most",
        apply=_apply,
        check=values.check_orderable,
        aliases=("<=", "le", "less_or_equal", "less_than_or_equal", "at_most"),
    )
)
