"""`between`: the field is within two bounds, both included."""

import operator
from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, all_of, could_not_tell


def _apply(actual: Any, expected: Any) -> Verdict:
    if not isinstance(expected, list) or len(expected) != 2:
        return could_not_tell("the value must be a list of two bounds")
    low, high = expected
    bounds = ((low, operator.ge), (high, operator.le))
    return all_of(comparison.ordered(actual, bound, holds=holds) for bound, holds in bounds)


def _check(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) != 2:
        return "must be a list of two bounds, such as [9, 17]"
    low, high = value
    wrong = values.check_orderable(low) or values.check_orderable(high)
    if wrong:
        return f"needs bounds of which each {wrong}"
    if comparison.ordered(low, high, holds=operator.gt).result:
        return f'can never be met: {low} is greater than {high}; for a window over midnight write {{"or": [...]}}'
    return None


register(Operator(name="between", title="is between", apply=_apply, check=_check, aliases=("range", "within")))
