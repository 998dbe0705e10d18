"""Make rows of what is in the broker's dead-letter queues, so that nothing is in the broker alone."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from celery import Celery, current_app
from django.utils import timezone

from core import publish, tenancy
from core.models import DeadLetter, LetterKind
from core.redaction import Redactor
from core.services.dead_letters import MAX_MESSAGE, MAX_PAYLOAD_BYTES
from core.worker import diagnosis, headers, intake, parking
from core.worker.diagnosis import Cause

log = structlog.get_logger(__name__)

BATCH = 200
MAX_BATCHES = 25  # of one tick: what is left is found by the next

Json = dict[str, Any]


def collect(app: Celery = current_app) -> int:
    """Make a letter of each message in the intake; returns of how many.

    Idempotent: the identity of a message makes one row, however often it is read. It is let go after the row is there.
    Returns 0 where the broker does not answer: the next tick looks again.
    """
    total = 0
    try:
        with intake.opened(app) as read:
            for _ in range(MAX_BATCHES):
                found = read(BATCH)
                keep([each.message for each in found])
                for each in found:
                    each.let_go()
                total += len(found)
                if not found:
                    break
    except publish.BROKER_ERRORS as error:
        log.warning("broker unavailable, dead letters are not collected", error=repr(error))
    return total


def keep(messages: Sequence[Any]) -> None:
    """Rows for these messages, of those that have none yet. Ticks that came too late are no letters."""
    letters = {row.source_id: row for row in map(_letter, messages) if row.code != "expired"}
    with tenancy.unscoped("messages that cannot be read belong to no workspace"):
        DeadLetter.objects.bulk_create(letters.values(), ignore_conflicts=True)


def _letter(message: Any) -> DeadLetter:
    known = message.headers if isinstance(message.headers, dict) else {}
    clean = Redactor()
    cause = _cause(message, known)
    died = _first_death(known)
    return DeadLetter(
        kind=LetterKind.MESSAGE,
        source_id=parking.identity(message),
        queue=_text(known.get(headers.QUEUE) or died.get("queue") or (message.delivery_info or {}).get("routing_key")),
        task=_text(known.get("task")),
        code=_text(cause.code)[:100],
        message=str(clean.clean_text(cause.message))[:MAX_MESSAGE],
        attempts=headers.deaths(known) + 1,
        payload=_payload(message, known, clean),
        created_at=timezone.now(),
    )


def _cause(message: Any, known: Mapping[str, Any]) -> Cause:
    """As the worker said, or, where the broker moved the message by itself, as far as can be seen."""
    if code := known.get(headers.CODE):
        return Cause(str(code), str(known.get(headers.MESSAGE, "")))
    why = str(_first_death(known).get("reason", "rejected"))
    if why == "expired":
        return Cause("expired", "It waited for too long.")
    found = diagnosis.of(message, tasks=diagnosis.known_tasks())
    if found is not None:
        return found
    if why == "delivery_limit":
        return Cause("killed_worker", "The broker delivered it too often.")
    return Cause("rejected", f"The broker moved it: {why}.")


def _first_death(known: Mapping[str, Any]) -> Mapping[str, Any]:
    """What RabbitMQ says of a message that it moved. Source: rabbitmq.com/docs/dlx, "Effects on Messages"."""
    deaths = known.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}


def _payload(message: Any, known: Mapping[str, Any], clean: Redactor) -> Json:
    """The message. **Shape**: {"headers", "content_type", "content_encoding", "body" or "body_base64", "is_whole"}.

    `is_whole` is False where something was cut or hidden: then it cannot be sent again as it was.
    """
    kept = {str(name): value for name, value in headers.without_cause(known).items() if name != "x-death"}
    raw: Json = {
        "headers": kept,
        "content_type": message.content_type,
        "content_encoding": message.content_encoding,
        **_body(message.body),
    }
    shown = clean.clean(raw, max_bytes=MAX_PAYLOAD_BYTES)
    return {**shown, "is_whole": shown == raw and "body" in raw}


def _body(body: Any) -> Json:
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body or b"")
    try:
        return {"body": raw.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(raw).decode()}


def _text(value: object) -> str:
    return str(Redactor().clean_text(str(value or "")))[:255]
