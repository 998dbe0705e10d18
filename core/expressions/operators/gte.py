"""`gte`: the field is at least the value."""

import operator
from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict


def _apply(actual: Any, expected: Any) -> Verdict:
    return comparison.ordered(actual, expected, holds=operator.ge)


register(
    Operator(
        name="gte",
        title="is at least",
        apply=_apply,
        check=values.check_orderable,
        aliases=(">=", "ge", "greater_or_equal", "greater_than_or_equal", "at_least"),
    )
)
