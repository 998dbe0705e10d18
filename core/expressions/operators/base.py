"""What an operator is, and the registry that the files of this folder add themselves to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.expressions.verdicts import Verdict
from core.registry import Registry

REQUIRED: Final = object()  # not None: null is a value that a condition may compare with


def anything(_value: Any) -> str | None:
    """The value check of operators that take any value."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One comparison that a condition may name.

    `check` says in a sentence what is wrong with the literal value, or None. `aliases` are other spellings that people
    try; they are not accepted, but the right name is suggested. Only an operator that `sees_missing` is asked about a
    field that is not there, all others "could not tell".
    """

    name: str
    title: str
    apply: Callable[[Any, Any], Verdict]
    check: Callable[[Any], str | None] = anything
    aliases: tuple[str, ...] = ()
    default: Any = REQUIRED
    sees_missing: bool = False


OPERATORS: Registry[Operator] = Registry("operator")


def register(operator: Operator) -> Operator:
    """Make the operator known under its name."""
    return OPERATORS.register(operator.name, operator)
