"""`send_email`: write to people, with text of one's own or a message template."""

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.html import strip_tags
from pydantic import BaseModel, Field, field_validator, model_validator

from actions import mail, messages
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.messages import Message
from actions.registry import register
from core.errors import SequiturError


class SendEmailParams(ActionParams):
    """To whom, and what."""

    to: mail.Mailboxes = Field(min_length=1, description="One address, or a list of them.")
    subject: str | None = Field(None, max_length=500, description="The subject; a template brings its own.")
    text: str | None = Field(None, description="The message as plain text.")
    html: str | None = Field(None, description="The message as HTML; plain text is made from it when there is none.")
    template: str | None = Field(None, description="The name of a message template, instead of text and html.")
    variables: dict[str, Any] = Field({}, description="Values that the message template names.")
    cc: mail.Mailboxes = Field([], description="Addresses that get a copy.")
    bcc: mail.Mailboxes = Field([], description="Addresses that get a copy unseen.")
    reply_to: mail.Mailboxes = Field([], description="Where answers go.")

    @field_validator("template")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                messages.load(name)
            except messages.UnknownMessageError as error:
                raise ValueError(str(error)) from None
        return name

    @model_validator(mode="after")
    def _whole(self) -> "SendEmailParams":
        if self.template is not None and (self.text is not None or self.html is not None):
            raise ValueError("give a template, or text and html, not both")
        if self.template is None and self.text is None and self.html is None:
            raise ValueError("there is no message; give text, html or a template")
        if self.template is None and not self.subject:
            raise ValueError("there is no subject")
        if len([*self.to, *self.cc, *self.bcc]) > mail.MAX_RECIPIENTS:
            raise ValueError(f"there are more than {mail.MAX_RECIPIENTS} recipients")
        return self


class SendEmailOutput(BaseModel):
    """What was handed to the mail server."""

    message_id: str = Field(description="The Message-ID, the same for every attempt.")
    subject: str
    to: list[str]
    refused: list[str] = Field(description="Recipients that the mail server refused while it took the others.")


class SendEmail(ActionType[SendEmailParams]):
    """A crash after the mail server took the message cannot be told from one before: never sent twice unasked."""

    key = "send_email"
    title = "Send e-mail"
    description = "Send an e-mail to one or more people."
    category = "messages"
    icon = "mail"
    effects = Effects.ONCE
    params_model = SendEmailParams
    output_model = SendEmailOutput

    def perform(self, params: SendEmailParams, call: ActionCall) -> ActionResult:
        message = _message(params, call)
        email = _email(params, message, call=call)
        seen = params.model_dump(include={"to", "cc", "bcc", "reply_to", "html"}) | {
            "subject": email.subject,
            "text": email.body,
        }
        try:
            refused = mail.deliver(email, timeout_seconds=call.timeout_seconds)
        except ActionFailedError as error:
            error.request = seen
            raise
        output = {
            "message_id": mail.message_id(call.idempotency_key),
            "subject": email.subject,
            "to": params.to,
            "refused": refused,
        }
        return ActionResult(output=output, request=seen, usage={"emails_sent": 1})


def _message(params: SendEmailParams, call: ActionCall) -> Message:
    """Subject and text. Raises `ActionFailedError` (template_error) when the template cannot be filled in."""
    if params.template is None:
        text = params.text if params.text is not None else strip_tags(params.html or "")
        return Message(subject=params.subject or "", text=text)
    try:
        message = messages.render(params.template, variables=params.variables, context=call.context)
    except SequiturError as error:
        raise ActionFailedError("template_error", error.detail, is_retryable=False) from None
    return Message(subject=params.subject or message.subject, text=message.text)


def _email(params: SendEmailParams, message: Message, *, call: ActionCall) -> EmailMultiAlternatives:
    email = mail.compose(
        to=params.to,
        subject=message.subject,
        text=message.text,
        idempotency_key=call.idempotency_key,
        run_id=call.run_id,
    )
    email.cc, email.bcc, email.reply_to = params.cc, params.bcc, params.reply_to
    if params.html is not None:
        email.attach_alternative(params.html, "text/html")
    return email


register(SendEmail())
