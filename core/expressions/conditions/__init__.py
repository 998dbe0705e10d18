"""Conditions: documents of comparisons, `and` / `or` / `not` and JSONLogic, decided with three values.

Others need only what stands here, called through the package: `conditions.check(...)`,
`conditions.compile(...).evaluate(scope)`, and the same for the filters of triggers.
"""

from core.expressions.conditions.checks import check, check_filters
from core.expressions.conditions.condition import (
    Condition,
    all_of,
    compile,  # noqa: A004
    compile_filters,
    compile_stored,
    compile_stored_filters,
)
from core.expressions.conditions.errors import InvalidConditionError
from core.expressions.conditions.evaluation import Evaluation
from core.expressions.conditions.shape import normalise, normalise_filters

__all__ = [
    "Condition",
    "Evaluation",
    "InvalidConditionError",
    "all_of",
    "check",
    "check_filters",
    "compile",
    "compile_filters",
    "compile_stored",
    "compile_stored_filters",
    "normalise",
    "normalise_filters",
]
