"""A compiled condition: a tree of frozen nodes that are evaluated against a scope, three-valued and without raising."""

from dataclasses import dataclass
from typing import Any, Protocol

from core.expressions import jsonlogic, templates
from core.expressions import scope as scopes
from core.expressions.conditions.evaluation import Evaluation
from core.expressions.operators import Operator
from core.expressions.paths import MISSING, Path
from core.expressions.scope import Scope
from core.expressions.verdicts import MISSING_FIELD, Verdict, all_of, any_of, could_not_tell, negate


class Node(Protocol):
    """Anything that can be evaluated; with `explain` every part is, without it only what is needed to decide."""

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation: ...


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


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    member: Node

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation:
        child = self.member.evaluate(scope, explain=explain)
        verdict = negate(Verdict(child.result, child.why))
        return Evaluation(operator="not", result=verdict.result, why=verdict.why, children=(child,))


@dataclass(frozen=True, slots=True)
class Rule:
    """`jsonlogic`."""

    rule: jsonlogic.Rule

    def evaluate(self, scope: Scope, *, explain: bool) -> Evaluation:
        verdict, value = self.rule.decide(scope)
        return Evaluation(
            operator="jsonlogic", result=verdict.result, why=verdict.why, expected=self.rule.document, actual=value
        )


_FOLDS = {"and": (all_of, False), "or": (any_of, True)}
