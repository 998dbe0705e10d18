"""`condition`: go one of two ways."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from actions.base import ActionParams
from actions.registry import register
from core import pointers
from core.errors import Problem
from core.expressions import conditions, templates
from core.redaction.shortening import shorten
from workflows.types import reading
from workflows.types.base import ControlType, Done, Turn

MAX_EXPLANATION_BYTES = 64 * 1024


class ConditionParams(ActionParams):
    """What is asked."""

    condition: Any = Field(
        alias="if",
        description="A condition, or a list of them that must all hold.",
        json_schema_extra={"type": ["object", "array"]},
    )


class ConditionOutput(BaseModel):
    """The answer."""

    result: bool | str = Field(description='true, false, or "unknown" when it could not be told.')
    explanation: dict[str, Any] = Field(description="Every comparison with its values and its answer.")


class ConditionType(ControlType[ConditionParams]):
    """What could not be told does not hold, and goes the way of `false`."""

    key = "condition"
    title = "Condition"
    description = "Go on at true when the condition holds, at false otherwise."
    icon = "split"
    params_model = ConditionParams
    output_model = ConditionOutput
    as_written = frozenset({"if"})

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return ("true", "false")

    def conditions(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"/if": params["if"]} if "if" in params else {}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return conditions.check(params["if"], path=pointers.join(path, "if")) if "if" in params else []

    def take(self, params: ConditionParams, turn: Turn) -> Done:
        condition = reading.condition(params.condition)
        with templates.within():
            found = condition.evaluate(turn.scope, explain=True)
        explanation = shorten(found.to_json(), max_bytes=MAX_EXPLANATION_BYTES)
        result = "unknown" if found.result is None else found.result
        return Done({"result": result, "explanation": explanation}, "true" if found.holds else "false")


register(ConditionType())
