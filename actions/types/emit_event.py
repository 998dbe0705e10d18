"""`emit_event`: say that something happened, so that other workflows start."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import AliasChoices, BaseModel, Field

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects, EmittedEvent
from actions.registry import register
from core.expressions import templates


class EmitEventParams(ActionParams):
    """The event."""

    type: str = Field(
        min_length=1,
        max_length=200,
        validation_alias=AliasChoices("type", "event"),
        description="The type of the event, such as lead.qualified.",
    )
    data: dict[str, Any] = Field({}, description="What it carries: values by name.")
    id: str = Field(
        "", max_length=255, description="With the same one (and source) it is sent once; default: one of its own."
    )
    subject: str = Field("", max_length=255, description="What it is about.")
    source: str = Field("", max_length=255, description="Who says so; default: workflow/ and the workflow's slug.")


class EmitEventOutput(BaseModel):
    """The event that is sent."""

    id: str = Field(description="Its id.")
    type: str = Field(description="Its type.")


class EmitEvent(ActionType[EmitEventParams]):
    """Nothing is sent here: the event is part of the result, and is stored together with it."""

    key = "emit_event"
    title = "Send event"
    description = "Send an event, which other workflows may listen to."
    category = "flow"
    icon = "radio"
    effects = Effects.NONE
    is_pure = True
    is_instant = True
    params_model = EmitEventParams
    output_model = EmitEventOutput
    keeps_params: ClassVar[bool] = True  # in the event

    def emits(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        named = params.get("type", params.get("event"))
        return (named,) if isinstance(named, str) and named and not templates.is_template(named) else ()

    def perform(self, params: EmitEventParams, call: ActionCall) -> ActionResult:
        id_ = params.id or call.idempotency_key
        event = EmittedEvent(params.type, dict(params.data), id=id_, subject=params.subject, source=params.source)
        return ActionResult(output={"id": id_, "type": params.type}, events=(event,))


register(EmitEvent())
