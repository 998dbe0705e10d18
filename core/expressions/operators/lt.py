"""`lt`: the field is less than the value."""

import operator
from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict


def _apply(actual: Any, expected: Any) -> Verdict:
    return comparison.ordered(actual, expected, holds=operator.lt)


register(
    Operator(
        name="lt",
        title="is less than",
        apply=_apply,
        check=values.check_orderable,
        aliases=("<", "less_than", "before", "below"),
    )
)
