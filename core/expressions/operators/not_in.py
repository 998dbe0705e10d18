"""`not_in`: the field is none of the values of a list."""

from typing import Any

from core.expressions.operators import in_, values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, negate


def _apply(actual: Any, expected: Any) -> Verdict:
    return negate(in_.apply(actual, expected))


register(
    Operator(
        name="not_in",
        title="is none of",
        apply=_apply,
        check=values.check_list,
        aliases=("nin", "none_of", "notin", "not in"),
    )
)
