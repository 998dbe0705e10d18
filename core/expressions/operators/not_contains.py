"""`not_contains`: a string lacks the value as a part, a list lacks it as an element."""

from typing import Any

from core.expressions.operators import contains
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, negate


def _apply(actual: Any, expected: Any) -> Verdict:
    return negate(contains.apply(actual, expected))


register(
    Operator(
        name="not_contains",
        title="does not contain",
        apply=_apply,
        aliases=("excludes", "does_not_contain", "lacks"),
    )
)
