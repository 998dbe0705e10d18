"""`notify`: tell people something through services that an admin named as URLs of Apprise."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, Field

from actions import inbox
from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.channels import telling
from actions.channels.base import Notice
from actions.channels.types.apprise import MAX_CHARACTERS
from actions.registry import register


class NotifyParams(ActionParams):
    """Through what, and what is said."""

    connection: str = Field(min_length=1, description="A connection of the kind apprise.")
    message: str = Field(min_length=1, max_length=MAX_CHARACTERS, description="What is said.")
    title: str = Field("", max_length=inbox.MAX_TITLE_CHARACTERS, description="A heading.")


class NotifyOutput(BaseModel):
    """What was handed over."""

    services: list[str] = Field(description="The services that took the message, by name.")


class Notify(ActionType[NotifyParams]):
    """Nothing is known of the services but whether they took it: never said twice unasked."""

    key = "notify"
    title = "Notify"
    description = "Tell people something through the services of a connection of the kind apprise."
    category = "messages"
    icon = "megaphone"
    effects = Effects.ONCE
    params_model = NotifyParams
    output_model = NotifyOutput
    allows_fast_forward = False
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": frozenset({"apprise"})}

    def perform(self, params: NotifyParams, call: ActionCall) -> ActionResult:
        receipt = telling.tell("apprise", Notice("", params.title, params.message, connection=params.connection), call)
        told = (receipt.response or {}).get("services", [])
        return ActionResult(
            output={"services": [each["service"] for each in told]},
            request=receipt.request,
            response=receipt.response,
            usage={"notifications_sent": len(told)},
        )


register(Notify())
