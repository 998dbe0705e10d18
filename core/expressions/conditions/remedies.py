"""The smallest change of fields with which a condition would hold, proved by evaluating it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from core.expressions import paths
from core.expressions.conditions.evaluation import Evaluation
from core.expressions.conditions.samples import samples
from core.expressions.conditions.tree import Comparison, Group, Negation, Node
from core.expressions.paths import MISSING, Path
from core.expressions.scope import RESERVED, Scope

MAX_TRIES = 200  # combinations of values that are tried out
_TYPE = paths.parse("event.type")
MAX_ROOM = 100  # elements that a list is made longer by; whoever asks for the billionth gets no advice


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would have to be another. `to` is a value that would do, `MISSING` for "not there at all"."""

    comparison: Comparison
    expected: Any
    actual: Any
    to: Any

    def to_json(self) -> dict[str, Any]:
        """**Shape**: {"field", "operator", "expected", "actual", "to"}, or "remove": true in the place of "to"."""
        to = {"remove": True} if self.to is MISSING else {"to": self.to}
        return {
            "field": self.comparison.field,
            "operator": self.comparison.operator.name,
            "expected": self.expected,
            "actual": None if self.actual is MISSING else self.actual,
            **to,
        }


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A comparison that would have to come out otherwise, `wanted` or not."""

    comparison: Comparison
    evaluation: Evaluation
    wanted: bool


def obstacles(root: Node, evaluation: Evaluation) -> list[Obstacle] | None:
    """The fewest comparisons that keep the condition from holding; None when that cannot be said (JSONLogic)."""
    return _needed(root, evaluation, wanted=True)


def find(root: Node, scope: Scope) -> list[Change] | None:
    """The changes with which the condition holds; none when it does; None when none were found.

    There may be others as few. What JSONLogic rules and patterns of text would need is not known.
    """
    evaluation = root.evaluate(scope, explain=True)
    leaves = obstacles(root, evaluation)
    if leaves is None:
        return None
    by_place: dict[tuple[bool, Path], Obstacle] = {}
    for leaf in leaves:
        by_place.setdefault((_is_data(leaf.comparison), leaf.comparison.path), leaf)
    choices = [_values(leaf, leaves) for leaf in by_place.values()]
    for values in islice(product(*choices), MAX_TRIES):
        changes = [
            Change(leaf.comparison, leaf.evaluation.expected, leaf.evaluation.actual, to)
            for leaf, to in zip(by_place.values(), values, strict=True)
        ]
        if root.decide(_changed(scope, changes)):
            return changes
    return None


def _needed(node: Node, evaluation: Evaluation, *, wanted: bool) -> list[Obstacle] | None:
    """The fewest comparisons that must come out otherwise; None when that cannot be said."""
    if evaluation.result is wanted:
        return []
    if isinstance(node, Comparison):
        return [Obstacle(node, evaluation, wanted)]
    if isinstance(node, Negation):
        return _needed(node.member, evaluation.children[0], wanted=not wanted)
    if not isinstance(node, Group):
        return None
    found = [
        _needed(member, child, wanted=wanted) for member, child in zip(node.members, evaluation.children, strict=True)
    ]
    if (node.operator == "and") is wanted:
        return None if None in found else [leaf for leaves in found for leaf in leaves or ()]
    return min((leaves for leaves in found if leaves is not None), key=_cost, default=None)


def _cost(leaves: Sequence[Obstacle]) -> tuple[bool, int]:
    """Events of another type are other events: first what this one could hold."""
    return any(leaf.comparison.path == _TYPE for leaf in leaves), len(leaves)


def _values(leaf: Obstacle, leaves: Sequence[Obstacle]) -> list[Any]:
    """Values to try for the field of a leaf: those that any leaf about the same field would take."""
    same = [each for each in leaves if each.comparison.path == leaf.comparison.path]
    return [
        value
        for each in same
        for value in samples(
            each.comparison.operator.name, each.evaluation.expected, each.evaluation.actual, wanted=each.wanted
        )
    ]


def _is_data(comparison: Comparison) -> bool:
    return comparison.is_filter or comparison.path.root not in RESERVED


def _changed(scope: Scope, changes: Sequence[Change]) -> Scope:
    fallback, names = scope.fallback, scope.names
    for change in changes:
        if _is_data(change.comparison):
            fallback = _with(fallback, change.comparison.path.steps, change.to)
        else:
            names = _with(names, change.comparison.path.steps, change.to)
    return replace(scope, fallback=fallback, names=names)


def _with(value: Any, steps: Sequence[str | int], to: Any) -> Any:
    """A copy of the value in which something else stands at the path; what is in the way is made room for."""
    if not steps:
        return to
    step, *rest = steps
    if isinstance(value, list) and isinstance(step, int):
        if step >= len(value) + MAX_ROOM:
            return value
        copy = [*value, *[None] * (step + 1 - len(value))]
        copy[step] = _with(copy[step], rest, None if to is MISSING and not rest else to)
        return copy
    known = dict(value) if isinstance(value, Mapping) else {}
    inner = _with(known.get(str(step), MISSING), rest, to)
    if inner is MISSING:
        known.pop(str(step), None)
    else:
        known[str(step)] = inner
    return known
