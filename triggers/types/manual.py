"""`manual`: somebody starts the workflow, by a call or a button."""

from typing import Any

from pydantic import Field

from core import pointers, schemas
from core.errors import InvalidError, Problem
from triggers.base import TriggerParams, TriggerType
from triggers.registry import register


class Params(TriggerParams):
    """What is asked of who starts it."""

    title: str = Field("", max_length=200, description="What the button says")
    input: dict[str, Any] | None = Field(
        None, description="A JSON Schema of the data that it is started with; without one, any object is taken"
    )


class ManualTrigger(TriggerType[Params]):
    """Listens to nothing: `POST workflows/{id}/execute/` starts the workflow, and asks no conditions."""

    key = "manual"
    title = "Manual"
    description = "Somebody starts it."
    params_model = Params

    def check(self, params: Params, *, path: str) -> list[Problem]:
        if params.input is None:
            return []
        try:
            schemas.compile_schema(params.input, path=pointers.join(path, "input"))
        except InvalidError as error:
            return [*error.problems]
        return []


register(ManualTrigger())
