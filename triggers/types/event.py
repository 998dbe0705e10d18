"""The default trigger: an event of a type arrived. `type: lead.created` is short for it."""

from pydantic import Field, field_validator

from triggers.base import TriggerParams, TriggerType
from triggers.engine import patterns
from triggers.registry import register


class Params(TriggerParams):
    """Which events."""

    event: str = Field(description="An event type; * stands for one level, ** at the end for any number")

    @field_validator("event")
    @classmethod
    def is_pattern(cls, value: str) -> str:
        if not patterns.is_pattern(value):
            raise ValueError(
                "expected the type of an event: names joined by dots, like lead.created; * stands for one of them, "
                "and ** at the end for any number"
            )
        return value


class EventTrigger(TriggerType[Params]):
    """Fires for every event of its type."""

    key = "event"
    title = "Event"
    description = "An event of a type arrived."
    params_model = Params

    def listens_to(self, params: Params) -> str:
        return params.event


register(EventTrigger())
