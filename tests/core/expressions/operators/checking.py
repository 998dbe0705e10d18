"""Ask one operator about one value, the way that conditions do."""

from typing import Any

from core.expressions import conditions
from core.expressions.conditions import Evaluation
from core.expressions.paths import MISSING
from core.expressions.scope import Scope


def decide(operator: str, actual: Any, expected: Any) -> bool | None:
    """The answer for a field that has the value `actual`, or that is not there when that is `MISSING`."""
    return _evaluate(operator, {} if actual is MISSING else {"field": actual}, expected).result


def why(operator: str, actual: Any, expected: Any, **names: Any) -> str | None:
    """The reason of "could not tell", with other names for a templated value."""
    evaluation = _evaluate(operator, {"field": actual, **names}, expected)
    assert evaluation.result is None
    return evaluation.why


def complaint(operator: str, value: Any) -> str:
    """The one sentence that a check says about a literal value."""
    [problem] = conditions.check({"field": "field", "operator": operator, "value": value}, path="")
    assert (problem.path, problem.code) == ("/value", "invalid_value")
    return problem.message


def _evaluate(operator: str, names: dict[str, Any], expected: Any) -> Evaluation:
    condition = conditions.compile({"field": "field", "operator": operator, "value": expected})
    return condition.evaluate(Scope(fallback=names))
