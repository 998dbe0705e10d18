"""`send_sms`: a text message to a phone."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import AliasChoices, BaseModel, Field

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.channels import telling
from actions.channels.base import Notice
from actions.channels.registry import channels
from actions.channels.types.sms import MAX_CHARACTERS
from actions.registry import register
from core.errors import Problem
from core.expressions import templates


class SendSmsParams(ActionParams):
    """To whom, and what."""

    to: str = Field(min_length=1, max_length=40, description="The phone number, with + and the country: +31612345678.")
    text: str = Field(
        min_length=1,
        max_length=MAX_CHARACTERS,
        validation_alias=AliasChoices("text", "message", "body"),
        description="The message, at most 1,600 characters.",
    )
    connection: str | None = Field(None, description="A connection of the kind twilio; default: the only one.")


class SendSmsOutput(BaseModel):
    """What was handed over."""

    id: str = Field(description="Twilio's id of the message, its SID.")
    to: str


class SendSms(ActionType[SendSmsParams]):
    """Twilio recognises no message that comes twice: never sent twice unasked."""

    key = "send_sms"
    title = "Send text message"
    description = "Send a text message to a phone, through Twilio."
    category = "messages"
    icon = "message-square"
    effects = Effects.ONCE
    params_model = SendSmsParams
    output_model = SendSmsOutput
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": frozenset({"twilio"})}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        """A number that is written out can be told to be none."""
        to = params.get("to")
        if not isinstance(to, str) or not to or templates.is_template(to):
            return []
        try:
            channels.get("sms").check_to(to)
        except ValueError as error:
            return [Problem(f"{path}/to", "invalid_recipient", f"{error}.")]
        return []

    def perform(self, params: SendSmsParams, call: ActionCall) -> ActionResult:
        receipt = telling.tell("sms", Notice(params.to, "", params.text, connection=params.connection), call)
        return ActionResult(
            output={"id": receipt.id, "to": params.to},
            request=receipt.request,
            response=receipt.response,
            usage={"sms_sent": 1},
        )


register(SendSms())
