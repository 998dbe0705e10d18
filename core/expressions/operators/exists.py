"""`exists`: the field is there, even when it is null. With the value false: it is not there."""

from typing import Any

from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.paths import MISSING
from core.expressions.verdicts import Verdict, could_not_tell, told


def _apply(actual: Any, expected: Any) -> Verdict:
    if not isinstance(expected, bool):
        return could_not_tell("the value must be true or false")
    return told((actual is not MISSING) is expected)


register(
    Operator(
        name="exists",
        title="exists",
        apply=_apply,
        check=values.check_boolean,
        aliases=("present", "is_present", "defined", "is_set"),
        default=True,
        sees_missing=True,
    )
)
