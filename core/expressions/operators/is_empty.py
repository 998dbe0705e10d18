"""`is_empty`: the field is missing, null, "", [] or {}. With the value false: it is anything else."""

from typing import Any

from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.paths import MISSING
from core.expressions.verdicts import Verdict, could_not_tell, told


def _apply(actual: Any, expected: Any) -> Verdict:
    if not isinstance(expected, bool):
        return could_not_tell("the value must be true or false")
    is_empty = actual is MISSING or actual is None or actual in ("", [], {})
    return told(is_empty is expected)


register(
    Operator(
        name="is_empty",
        title="is empty",
        apply=_apply,
        check=values.check_boolean,
        aliases=("empty", "blank", "is_blank", "is_null", "isnull"),
        default=True,
        sees_missing=True,
    )
)
