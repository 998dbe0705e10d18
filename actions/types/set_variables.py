"""`set_variables`: keep values for later actions, as `run.variables.<name>`."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register
from core.redaction.shortening import size_bytes

MAX_BYTES = 64 * 1024
MAX_VARIABLES = 100

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def _spelled(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name is letters, digits and _, does not begin with a digit, and has at most 100 characters")
    return name


Name = Annotated[str, AfterValidator(_spelled)]


class SetVariablesParams(ActionParams):
    """The values by name."""

    variables: dict[Name, Any] = Field(
        min_length=1, max_length=MAX_VARIABLES, description="Values by name; a name that exists gets the new value."
    )

    @field_validator("variables")
    @classmethod
    def _bounded(cls, variables: dict[str, Any]) -> dict[str, Any]:
        if size_bytes(variables) > MAX_BYTES:
            raise ValueError(f"the variables are longer than {MAX_BYTES:,} bytes as JSON")
        return variables


class SetVariables(ActionType[SetVariablesParams]):
    """Hand the values on; nothing happens outside."""

    key = "set_variables"
    title = "Set variables"
    description = "Keep values under a name for later actions of the run."
    category = "tools"
    icon = "variable"
    effects = Effects.NONE
    is_pure = True
    is_instant = True
    params_model = SetVariablesParams

    def perform(self, params: SetVariablesParams, call: ActionCall) -> ActionResult:
        return ActionResult(output=dict(params.variables), variables=dict(params.variables))


register(SetVariables())
