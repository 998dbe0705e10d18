"""Conditions and filters, compiled: checked once, evaluated many times."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidError, Problem
from core.expressions import jsonlogic, paths, templates
from core.expressions.conditions import checks, shape, tree
from core.expressions.conditions.errors import InvalidConditionError
from core.expressions.conditions.evaluation import Evaluation
from core.expressions.operators import OPERATORS
from core.expressions.scope import Scope
from core.registry import NotRegisteredError


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition and its canonical document. Any number of threads may share one."""

    document: Any
    root: tree.Node

    def evaluate(self, scope: Scope, *, explain: bool = False) -> Evaluation:
        """The outcome; with `explain` every part is evaluated, else only what is needed to decide. Never raises."""
        return self.root.evaluate(scope, explain=explain)

    def decide(self, scope: Scope) -> bool | None:
        """The result that `evaluate` gives, without the account of it. Never raises."""
        return self.root.decide(scope)


def compile(document: Any) -> Condition:  # noqa: A001  read as conditions.compile, like re.compile
    """The condition of a document in any shape. Raises `InvalidConditionError` with every problem."""
    _refuse(checks.check(document, path=""))
    canonical = shape.normalise(document)
    return Condition(canonical, _node(canonical, is_filter=False))


def compile_filters(document: Any) -> Condition:
    """The condition of a trigger's filters, over the event's data. Raises `InvalidConditionError`."""
    _refuse(checks.check_filters(document, path=""))
    canonical = shape.normalise_filters(document)
    return Condition(canonical, _node(shape.filters_as_condition(canonical), is_filter=True))


def compile_stored(document: Any) -> Condition:
    """The condition of a canonical document that was checked before it was stored, many times faster than `compile`.

    Raises `InvalidConditionError` when it cannot be read all the same: an operator was taken away since.
    """
    return _stored(document, is_filter=False)


def compile_stored_filters(document: Any) -> Condition:
    """The same for the canonical filters of a trigger."""
    return _stored(shape.filters_as_condition(document), is_filter=True, document=document)


def _stored(canonical: Any, *, is_filter: bool, document: Any = None) -> Condition:
    try:
        return Condition(document or canonical, _node(canonical, is_filter=is_filter))
    except (NotRegisteredError, InvalidError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidConditionError(f"The stored condition cannot be read: {error}") from None


def all_of(*conditions: Condition) -> Condition:
    """One condition that holds when all of them do; with none, it always does."""
    return Condition({"and": [each.document for each in conditions]}, tree.joined(each.root for each in conditions))


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidConditionError(problems[0].message, problems=problems)


def _node(document: dict[str, Any], *, is_filter: bool) -> tree.Node:
    kind = shape.kind_of(document)
    return _BUILDERS[kind or ""](document, is_filter=is_filter)


def _group(kind: str) -> Callable[..., tree.Node]:
    def build(document: dict[str, Any], *, is_filter: bool) -> tree.Node:
        return tree.Group(kind, tuple(_node(member, is_filter=is_filter) for member in document[kind]))

    return build


def _negation(document: dict[str, Any], *, is_filter: bool) -> tree.Node:
    return tree.Negation(_node(document["not"], is_filter=is_filter))


def _rule(document: dict[str, Any], **_: bool) -> tree.Node:
    return tree.Rule(jsonlogic.compile(document["jsonlogic"]))


def _comparison(document: dict[str, Any], *, is_filter: bool) -> tree.Node:
    return tree.Comparison(
        operator=OPERATORS.get(document["operator"]),
        field=document["field"],
        path=paths.parse(document["field"]),
        value=document["value"],
        is_template=templates.has_templates(document["value"]),
        is_filter=is_filter,
    )


_BUILDERS: dict[str, Callable[..., tree.Node]] = {
    "field": _comparison,
    "and": _group("and"),
    "or": _group("or"),
    "not": _negation,
    "jsonlogic": _rule,
}
