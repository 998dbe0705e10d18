"""A compiled condition: a tree of frozen nodes that are evaluated against a scope, three-valued and without raising."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Protocol

from core.expressions import jsonlogic, templates
from core.expressions import scope as scopes
from core.expressions.conditions.evaluation import Evaluation
from core.expressions.operators import Operator
from core.expressions.paths import MISSING, Path
from core.expressions.scope import Scope
from core.expressions.verdicts import MISSING_FIELD, Verdict, all_of, any_of, could_not_tell, negate


class Node(Protocol):
    """Anything that can be evaluated; with `explain` every part is, without it only what is needed to decide.

    `decide` gives the same result without the account of it, many times faster.
    """

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation: ...

    def decide(self, scope: Scope) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator on a field. A filter's field is read from the event's data, whatever names are reserved."""

    operator: Operator
    field: str
    path: Path
    value: Any
    is_template: bool
    is_filter: bool

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation:
        actual = scopes.as_json(scope.resolve_data(self.path) if self.is_filter else scope.resolve(self.path))
        try:
            expected = templates.render_structure(self.value, scope) if self.is_template else self.value
        except templates.TemplateError as error:
            return self._evaluation(could_not_tell(error.detail), actual=actual, expected=self.value)
        return self._evaluation(self._verdict(actual, expected), actual=actual, expected=expected)

    def decide(self, scope: Scope) -> bool | None:
        actual = scope.resolve_data(self.path) if self.is_filter else scope.resolve(self.path)
        if isinstance(actual, date):
            actual = scopes.as_json(actual)
        if not self.is_template:
            return self._verdict(actual, self.value).result
        try:
            return self._verdict(actual, templates.render_structure(self.value, scope)).result
        except templates.TemplateError:
            return None

    def _verdict(self, actual: Any, expected: Any) -> Verdict:
        if actual is MISSING and not self.operator.sees_missing:
            return MISSING_FIELD
        return self.operator.apply(actual, expected)

    def _evaluation(self, verdict: Verdict, *, actual: Any, expected: Any) -> Evaluation:
        return Evaluation(
            operator=self.operator.name,
            result=verdict.result,
            why=verdict.why,
            field=self.field,
            expected=expected,
            actual=actual,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """`and` (decided by the first false) or `or` (decided by the first true)."""

    operator: str
    members: tuple[Node, ...]

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation:
        fold, decisive = _FOLDS[self.operator]
        children: list[Evaluation] = []
        for member in self.members:
            children.append(member.evaluate(scope, explain=explain))
            if not explain and children[-1].result is decisive:
                break
        verdict = fold(Verdict(child.result, child.why) for child in children)
        return Evaluation(operator=self.operator, result=verdict.result, why=verdict.why, children=tuple(children))

    def decide(self, scope: Scope) -> bool | None:
        decisive = _FOLDS[self.operator][1]
        result: bool | None = not decisive
        for member in self.members:
            told = member.decide(scope)
            if told is decisive:
                return decisive
            if told is None:
                result = None
        return result


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    member: Node

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation:
        child = self.member.evaluate(scope, explain=explain)
        verdict = negate(Verdict(child.result, child.why))
        return Evaluation(operator="not", result=verdict.result, why=verdict.why, children=(child,))

    def decide(self, scope: Scope) -> bool | None:
        told = self.member.decide(scope)
        return None if told is None else not told


@dataclass(frozen=True, slots=True)
class Rule:
    """`jsonlogic`."""

    rule: jsonlogic.Rule

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation:
        verdict, value = self.rule.decide(scope)
        return Evaluation(
            operator="jsonlogic", result=verdict.result, why=verdict.why, expected=self.rule.document, actual=value
        )

    def decide(self, scope: Scope) -> bool | None:
        return self.rule.decide(scope)[0].result


def joined(nodes: Iterable[Node]) -> Group:
    """One `and` of the nodes; the members of those that are an `and` themselves become its own."""
    members = (node.members if isinstance(node, Group) and node.operator == "and" else (node,) for node in nodes)
    return Group("and", tuple(chain.from_iterable(members)))


_FOLDS = {"and": (all_of, False), "or": (any_of, True)}
