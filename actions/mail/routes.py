"""Through which server an e-mail goes: that of the deployment, or one that the workspace has a connection to."""

import base64
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from actions import mail
from actions.base import ActionCall, JsonObject
from actions.channels import posting
from actions.connections.base import Opened
from actions.connections.types.resend import Resend
from actions.mail import servers

KINDS = frozenset({"smtp", "resend"})
_OWN_HEADERS = frozenset({"message-id"})  # Resend sets it itself


@dataclass(frozen=True, slots=True)
class Handed:
    """That an e-mail was handed over: whom the server refused, its own id for it, and what it answered."""

    refused: list[str]
    id: str = ""
    response: JsonObject | None = None


def deliver(email: EmailMultiAlternatives, call: ActionCall, *, connection: str | None, from_name: str = "") -> Handed:
    """Hand the message over: without the name of a connection, to the mail server of the deployment.

    Sets the sender, which is that of the server, under another name where one is given.
    Raises `ActionFailedError` as `actions.mail.deliver` and `actions.outbound.call` do, and what opening a connection
    does.
    """
    if connection is None:
        email.from_email = sender(settings.DEFAULT_FROM_EMAIL, name=from_name)
        return Handed(mail.deliver(email, timeout_seconds=call.timeout_seconds))
    opened = call.connections.open(connection, kinds=KINDS)
    email.from_email = sender(opened.settings.from_address, name=from_name)
    if opened.kind == Resend.key:
        return _post(email, opened, call)
    server = servers.backend(servers.of(opened), timeout_seconds=call.timeout_seconds)
    return Handed(mail.deliver(email, timeout_seconds=call.timeout_seconds, connection=server))


def sender(address: str, *, name: str) -> str:
    """The sender's mailbox, under another name where one is given."""
    return formataddr((name, parseaddr(address)[1])) if name else address


def _post(email: EmailMultiAlternatives, opened: Opened[Any, Any], call: ActionCall) -> Handed:
    """Resend recognises the idempotency key, so nothing is uncertain: it may be tried again."""
    headers = {"Idempotency-Key": call.idempotency_key}
    request = posting.json_post(opened, "/emails", _body(email), headers=headers)
    response = posting.send(request, call, may_repeat=True)
    return Handed([], str(posting.answer(response).get("id", ""))[:100], response.as_json(call.redactor))


def _body(email: EmailMultiAlternatives) -> JsonObject:
    headers = {name: value for name, value in email.extra_headers.items() if name.lower() not in _OWN_HEADERS}
    lists = {"to": email.to, "cc": email.cc, "bcc": email.bcc, "reply_to": email.reply_to}
    body: JsonObject = {"from": email.from_email, "subject": email.subject, "text": email.body, "headers": headers}
    body |= {name: list(value) for name, value in lists.items() if value}
    html = next((str(content) for content, kind in email.alternatives if kind == "text/html"), None)
    body |= {"html": html} if html else {}
    attached = [_attachment(*each) for each in email.attachments]
    return body | ({"attachments": attached} if attached else {})


def _attachment(name: str, content: bytes, content_type: str) -> JsonObject:
    raw = content.encode() if isinstance(content, str) else content
    return {"filename": name, "content": base64.b64encode(raw).decode(), "content_type": content_type}
