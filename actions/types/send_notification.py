"""`send_notification`: tell somebody something, inside the product or by e-mail, text message or push."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from actions import inbox
from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.channels import telling
from actions.channels.base import Notice
from actions.registry import register

NotificationType = Literal["in_app", "email", "sms", "push"]
KINDS = frozenset({"ntfy", "resend", "smtp", "twilio"})


class SendNotificationParams(ActionParams):
    """Whom, what, and how."""

    message: str = Field(min_length=1, max_length=inbox.MAX_MESSAGE_CHARACTERS, description="What is said.")
    recipient: str = Field(
        inbox.OPERATORS,
        min_length=1,
        max_length=320,
        description="in_app: a member's e-mail address or user name, role:<role>, ops, admins or everyone. email: an "
        "address. sms: a phone number. push: a topic. Default: the workspace's operators, in_app.",
    )
    notification_type: NotificationType = Field("in_app", description="How it is said.")
    title: str | None = Field(None, max_length=inbox.MAX_TITLE_CHARACTERS, description="A heading, or subject.")
    link: str = Field("", max_length=inbox.MAX_LINK_CHARACTERS, description="http, https, or relative: /leads/7.")
    connection: str | None = Field(None, description="What email, sms and push go through, when there are several.")

    @field_validator("link")
    @classmethod
    def _safe(cls, value: str) -> str:
        return inbox.check_link(value)

    @model_validator(mode="after")
    def _fits(self) -> "SendNotificationParams":
        if self.notification_type != "in_app" and "recipient" not in self.model_fields_set:
            raise ValueError(f"a recipient is required for {self.notification_type}")
        return self


class SendNotificationOutput(BaseModel):
    """What was handed over."""

    id: str = Field(description="What the channel calls it: of in_app, the first item's id.")
    recipient: str
    notification_type: str


class SendNotification(ActionType[SendNotificationParams]):
    """An inbox has a message once, whatever comes twice; the other ways do not recognise it."""

    key = "send_notification"
    title = "Send notification"
    description = "Tell somebody something: in the inbox, by e-mail, text message or push."
    category = "messages"
    icon = "bell"
    effects = Effects.ONCE
    params_model = SendNotificationParams
    output_model = SendNotificationOutput
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": KINDS}

    def effects_of(self, params: Mapping[str, Any]) -> Effects:
        return Effects.KEYED if params.get("notification_type", "in_app") == "in_app" else Effects.ONCE

    def perform(self, params: SendNotificationParams, call: ActionCall) -> ActionResult:
        title = params.title or ("" if params.notification_type == "sms" else _heading(params.message))
        notice = Notice(params.recipient, title, params.message, link=params.link, connection=params.connection)
        receipt = telling.tell(params.notification_type, notice, call)
        return ActionResult(
            output={
                "id": receipt.id,
                "recipient": params.recipient,
                "notification_type": params.notification_type,
            },
            request=receipt.request,
            response=receipt.response,
            usage={"notifications_sent": 1},
        )


def _heading(message: str) -> str:
    """The beginning of the message, for ways that need a heading."""
    line = " ".join(message.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


register(SendNotification())
