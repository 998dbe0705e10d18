"""`in`: the field is one of the values of a list."""

from typing import Any

from core.expressions import comparison
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, any_of, could_not_tell


def apply(actual: Any, expected: Any) -> Verdict:
    """Whether any element of `expected` equals `actual`."""
    if not isinstance(expected, list):
        return could_not_tell(f"the value must be a list, not {comparison.type_of(expected)}")
    return any_of(comparison.equal(actual, value) for value in expected)


register(
    Operator(name="in", title="is one of", apply=apply, check=values.check_list, aliases=("one_of", "any_of", "is_in"))
)
