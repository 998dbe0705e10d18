"""`contains`: a string has the value as a part, a list has it as an element."""

from typing import Any

from core.expressions import comparison
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, any_of, told


def apply(actual: Any, expected: Any) -> Verdict:
    """Whether `expected` is a part of the string, or an element of the list, `actual`."""
    if isinstance(actual, list):
        return any_of(comparison.equal(element, expected) for element in actual)
    if isinstance(actual, str) and isinstance(expected, str):
        return told(expected in actual)
    return comparison.mismatch(actual, expected)


register(Operator(name="contains", title="contains", apply=apply, aliases=("includes", "has", "like", "icontains")))
