"""`send_email`: write to people, with text of one's own or a message template."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.mail import EmailMultiAlternatives
from pydantic import BaseModel, Field, field_validator, model_validator

from actions import mail, messages
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.mail import attachments, plain_text, routes
from actions.mail.attachments import Attachment, File
from actions.messages import Message, UnknownMessageError
from actions.registry import register
from core.errors import Problem, SequiturError


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

    from_name: str | None = Field(
        None, min_length=1, max_length=100, description="Who it is from, in words; the address is the mail server's."
    )
    attachments: list[Attachment] = Field(
        [], max_length=attachments.MAX_ATTACHMENTS, description="Files that go with it, 5 MB together."
    )
    connection: str | None = Field(
        None,
        description="A connection of the kind smtp or resend; default: the deployment's mail server.",
    )

    @field_validator("from_name")
    @classmethod
    def _name(cls, value: str | None) -> str | None:
        if value is not None:
            mail.check_mailbox(f"{value} <a@example.com>")
        return value

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
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": routes.KINDS}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*messages.check_name(params.get("template"), path=f"{path}/template")]

    def would(self, params: SendEmailParams, call: ActionCall) -> dict[str, Any]:
        message, files = _message(params, call), attachments.files(params.attachments)
        seen = _seen(params, _email(params, message, files, call=call), message, files)
        return {**seen, "connection": params.connection}

    def sample(self, params: SendEmailParams) -> dict[str, Any]:
        return {**super().sample(params), "subject": params.subject or "sample", "to": params.to, "refused": []}

    def perform(self, params: SendEmailParams, call: ActionCall) -> ActionResult:
        message = _message(params, call)
        files = attachments.files(params.attachments)
        email = _email(params, message, files, call=call)
        seen = _seen(params, email, message, files)
        try:
            handed = routes.deliver(email, call, connection=params.connection, from_name=params.from_name or "")
        except ActionFailedError as error:
            error.request = seen
            raise
        output = {
            "message_id": mail.message_id(call.idempotency_key),
            "subject": email.subject,
            "to": params.to,
            "refused": handed.refused,
        }
        return ActionResult(output=output, request=seen, response=handed.response, usage={"emails_sent": 1})


def _message(params: SendEmailParams, call: ActionCall) -> Message:
    """What it says. Raises `ActionFailedError` (unknown_template, template_error) for a template that does not do."""
    if params.template is None:
        html = params.html or ""
        text = params.text if params.text is not None else plain_text.of(html)
        return Message(subject=params.subject or "", text=text, html=html)
    try:
        message = messages.render(params.template, variables=params.variables, context=call.context)
    except UnknownMessageError as error:
        raise ActionFailedError(error.code, error.detail, is_retryable=False) from None
    except SequiturError as error:
        raise ActionFailedError("template_error", error.detail, is_retryable=False) from None
    return Message(subject=params.subject or message.subject, text=message.text, html=message.html)


def _email(params: SendEmailParams, message: Message, files: list[File], *, call: ActionCall) -> EmailMultiAlternatives:
    email = mail.compose(
        to=params.to,
        subject=message.subject,
        text=message.text,
        idempotency_key=call.idempotency_key,
        run_id=call.run_id,
    )
    email.cc, email.bcc, email.reply_to = params.cc, params.bcc, params.reply_to
    if message.html:
        email.attach_alternative(message.html, "text/html")
    for file in files:
        email.attach(file.name, file.content, file.content_type)
    return email


def _seen(
    params: SendEmailParams, email: EmailMultiAlternatives, message: Message, files: list[File]
) -> dict[str, Any]:
    """What people see of it: of the files, that they are there."""
    seen = params.model_dump(include={"to", "cc", "bcc", "reply_to"})
    seen |= {"html": message.html or None, "subject": email.subject, "text": email.body}
    attached = [
        {"filename": each.name, "content_type": each.content_type, "bytes": len(each.content)} for each in files
    ]
    return seen | ({"attachments": attached} if attached else {})


register(SendEmail())
