"""`validate_data`: hold a value against a JSON Schema."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register
from core import pointers, schemas
from core.errors import InvalidError, Problem

_TOLD = 5  # problems in the message of a failure; all are in the output where it goes on


class ValidateDataParams(ActionParams):
    """What is held against what."""

    input: Any = Field("{{ event.data }}", description="The value to look at; the event's data by default.")
    json_schema: dict[str, Any] = Field(
        alias="schema", description="A JSON Schema (2020-12 unless it names another draft). Nothing is fetched for it."
    )
    on_invalid: Literal["fail", "continue"] = Field(
        "fail", description="Whether the action fails for data that does not fit, or goes on and says so."
    )


class DataProblem(BaseModel):
    """One thing wrong."""

    path: str = Field(description="Where, as a JSON pointer; empty is the whole value.")
    message: str = Field(description="What is wrong.")


class ValidateDataOutput(BaseModel):
    """What was found."""

    valid: bool = Field(description="Whether the value fits.")
    errors: list[DataProblem] = Field(description="What is wrong, at most 20.")


class ValidateData(ActionType[ValidateDataParams]):
    """Nothing happens outside. Schemas are bounded in `core.schemas`."""

    key = "validate_data"
    aliases = ("validate",)
    title = "Validate data"
    description = "Check data against a JSON Schema."
    category = "data"
    icon = "clipboard-check"
    effects = Effects.NONE
    is_pure = True
    params_model = ValidateDataParams
    output_model = ValidateDataOutput
    as_written = frozenset({"schema"})

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        if "schema" in params and not isinstance(params["schema"], dict):
            message = "A schema is an object, read as it is written; it cannot come from a template."
            return [Problem(pointers.join(path, "schema"), "invalid_schema", message)]
        if "schema" not in params:
            return []
        try:
            schemas.compile_schema(params["schema"], path=pointers.join(path, "schema"))
        except InvalidError as error:
            return list(error.problems)
        return []

    def perform(self, params: ValidateDataParams, call: ActionCall) -> ActionResult:
        problems = schemas.compile_schema(params.json_schema).problems(params.input)
        if problems and params.on_invalid == "fail":
            shown = " ".join(f"{each.path or '/'}: {each.message}" for each in problems[:_TOLD])
            more = f" And {len(problems) - _TOLD} more." if len(problems) > _TOLD else ""
            raise ActionFailedError("invalid_data", f"The data does not fit. {shown}{more}", is_retryable=False)
        errors = [{"path": each.path, "message": each.message} for each in problems]
        return ActionResult(output={"valid": not problems, "errors": errors})


register(ValidateData())
