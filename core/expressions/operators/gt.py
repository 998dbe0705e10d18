"""`gt`: the field is greater than the value."""

import operator
from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict


def _apply(actual: Any, expected: Any) -> Verdict:
    return comparison.ordered(actual, expected, holds=operator.gt)


register(
    Operator(
        name="gt",
        title="is greater than",
        apply=_apply,
        check=values.check_orderable,
        aliases=(">", "greater_than", "after", "above", "more_than"),
    )
)
