"""Whether the filters and conditions of a trigger hold for an event. Pure, and able to say why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.expressions import conditions, verdicts
from core.expressions.conditions import Condition, Evaluation
from core.expressions.scope import Scope
from core.expressions.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Rules:
    """The compiled predicates of a trigger; None where there are none, which always holds."""

    filters: Condition | None
    conditions: Condition | None


def compile_rules(*, filters: Mapping[str, Any], conditions_: Mapping[str, Any] | None) -> Rules:
    """The rules of a trigger. Raises `InvalidConditionError` for what no check let pass."""
    return Rules(
        filters=conditions.compile_filters(dict(filters)) if filters else None,
        conditions=conditions.compile(dict(conditions_)) if conditions_ else None,
    )


def evaluate(rules: Rules, scope: Scope, *, explain: bool = False) -> Evaluation:
    """The outcome of filters and conditions together. With `explain` every predicate is evaluated, also after a no."""
    children: list[Evaluation] = []
    for part in (rules.filters, rules.conditions):
        if part is None:
            continue
        children.append(part.evaluate(scope, explain=explain))
        if not children[-1].holds and not explain:
            break
    verdict = verdicts.all_of(Verdict(child.result, child.why) for child in children)
    return Evaluation(operator="and", result=verdict.result, why=verdict.why, children=tuple(children))
