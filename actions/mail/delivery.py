"""Write one e-mail, hand it to Django's mail backend, and say exactly what is known about it afterwards.

Once the server has the message nobody can tell whether a lost connection lost it too, so only failures before that may
be tried again:

1. no connection, or the server refuses with 4xx: retryable;
2. the server refuses with 5xx, or the connection is not trusted: not retryable;
3. the connection is lost while the message is handed over: outcome_unknown, for a person to decide.
"""

import contextlib
import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterable, Sequence
from email.utils import formataddr, parseaddr
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from pydantic import AfterValidator, BeforeValidator, Field

from actions.base import ActionFailedError

MAX_RECIPIENTS = 50
_MAILBOX = re.compile(r"(?P<name>[^<>@,;:\"\\\x00-\x1f\x7f]*)<(?P<address>[^<>,;\s]+)>|(?P<alone>[^<>,;\s]+)")


def check_mailbox(text: str) -> str:
    """One mailbox, `a@example.com` or `Name <a@example.com>`, as it is written into a header.

    Raises ValueError for anything else, also for two addresses in one text: a mail server would write to both.
    """
    match = _MAILBOX.fullmatch(text.strip())
    address = (match["address"] or match["alone"]) if match else ""
    if "=?" in address:  # an encoded word, which a mail server may read as another address
        address = ""
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError(
            f"{text[:100]!r} is not one e-mail address; "
            "expected a@example.com or Name <a@example.com>, and a list for several"
        ) from None
    return formataddr((match["name"].strip(), address)) if match and match["name"] else address


def _listed(value: object) -> list[object]:
    if not isinstance(value, str | list):
        raise ValueError("expected one address or a list of them")  # noqa: TRY004  pydantic collects ValueErrors
    return [value] if isinstance(value, str) else value


Mailbox = Annotated[str, Field(max_length=320), AfterValidator(check_mailbox)]
Mailboxes = Annotated[
    list[Mailbox],
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
    Field(max_length=MAX_RECIPIENTS),
]


def message_id(idempotency_key: str) -> str:
    """The same Message-ID for every attempt, so that a mailbox shows a doubled message once."""
    digest = hashlib.sha256(idempotency_key.encode()).hexdigest()[:32]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{domain}>"


def compose(
    *, to: Sequence[str], subject: str, text: str, idempotency_key: str, run_id: UUID
) -> EmailMultiAlternatives:
    """A message of a run, with the headers that all of ours have. Addresses are those of `check_mailbox`."""
    return EmailMultiAlternatives(
        subject=" ".join(subject.split()),  # a line break would begin another header
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=list(to),
        headers={
            "Message-ID": message_id(idempotency_key),
            "X-Sequitur-Run": str(run_id),
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, and so no loops
        },
    )


def send(*, to: Sequence[str], subject: str, text: str, idempotency_key: str, run_id: UUID) -> list[str]:
    """Compose a message of a run and hand it over; returns and raises what `deliver` does.

    Sent twice with one `idempotency_key`, most mailboxes show it once.
    """
    message = compose(to=to, subject=subject, text=text, idempotency_key=idempotency_key, run_id=run_id)
    return deliver(message, timeout_seconds=settings.EMAIL_TIMEOUT)


def open_and_close(connection: BaseEmailBackend) -> None:
    """Find out whether the mail server answers and lets us in. Raises `ActionFailedError` as `deliver` does."""
    try:
        connection.open()
    except OSError as error:
        raise _failure(error, is_handing_over=False) from error
    finally:
        with contextlib.suppress(OSError):
            connection.close()


def deliver(
    message: EmailMultiAlternatives, *, timeout_seconds: float, connection: BaseEmailBackend | None = None
) -> list[str]:
    """Hand the message over; returns the recipients that the server refused while it took the others.

    Units: `timeout_seconds` bounds each answer of the server; `connection` is another server than the deployment's.
    Raises `ActionFailedError`: smtp_unreachable,
    smtp_refused, smtp_tls_error, outcome_unknown (see the cases above).
    """
    if connection is None:
        connection = get_connection(timeout=min(timeout_seconds, settings.EMAIL_TIMEOUT))
    try:
        try:
            connection.open()
        except OSError as error:  # smtplib's errors are OSErrors
            raise _failure(error, is_handing_over=False) from error
        refused = _refusals_of(connection)
        try:
            connection.send_messages([message])
        except OSError as error:
            raise _failure(error, is_handing_over=True) from error
    finally:
        with contextlib.suppress(OSError):  # the message is accepted or refused by now, whatever the farewell says
            connection.close()
    return sorted(refused)


def _refusals_of(connection: Any) -> dict[str, tuple[int, bytes]]:
    """Filled while sending: Django drops what the server says about one recipient when it takes another."""
    refused: dict[str, tuple[int, bytes]] = {}
    smtp = getattr(connection, "connection", None)
    if isinstance(smtp, smtplib.SMTP):
        sendmail = smtp.sendmail

        def keep_refusals(*args: Any, **kwargs: Any) -> dict[str, tuple[int, bytes]]:
            refused.update(sendmail(*args, **kwargs))
            return refused

        smtp.sendmail = keep_refusals  # type: ignore[method-assign]  # of this one connection
    return refused


def _failure(error: OSError, *, is_handing_over: bool) -> ActionFailedError:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _refused(error.recipients.values())
        case smtplib.SMTPResponseException():
            return _refused([(error.smtp_code, error.smtp_error)])
        case ssl.SSLError():
            text = f"no trusted connection to the mail server: {error.reason or error}"
            return ActionFailedError("smtp_tls_error", text, is_retryable=False)
        case smtplib.SMTPNotSupportedError():
            return ActionFailedError("smtp_refused", f"the mail server cannot do this: {error}", is_retryable=False)
    if is_handing_over:
        text = (
            f"the connection to the mail server was lost with the message half handed over, which may arrive: {error}"
        )
        return ActionFailedError("outcome_unknown", text, is_retryable=False, is_outcome_unknown=True)
    return ActionFailedError("smtp_unreachable", f"no connection to the mail server: {error}", is_retryable=True)


def _refused(answers: Iterable[tuple[int, bytes | str]]) -> ActionFailedError:
    """Retryable when the server says "later" (4xx) to anybody: none of them has the message yet."""
    answers = list(answers)
    said = "; ".join(dict.fromkeys(f"{code} {_text(text)}" for code, text in answers))
    is_retryable = any(400 <= code < 500 for code, _ in answers)
    return ActionFailedError(
        "smtp_refused", f"the mail server refused the message: {said[:500]}", is_retryable=is_retryable
    )


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
