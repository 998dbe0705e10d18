"""Send a dead message again: as it was, with a name of its own."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import transaction

from core import publish, tenancy
from core.errors import ConflictError
from core.models import DeadLetter, LetterStatus
from core.worker import diagnosis, headers

log = structlog.get_logger(__name__)

_FOREIGN = (headers.DEATHS, headers.UNREADABLE, "redelivered")


def resend(letter: DeadLetter, *, by: str, reason: str) -> None:
    """Publish the message of a letter, on commit. Raises `ConflictError` where it is not known whole, or no task is it.

    It gets an id of its own: if it dies again, that is another letter.
    """
    payload: dict[str, Any] = letter.payload or {}
    if not payload.get("is_whole"):
        raise ConflictError("The message was kept cut, or with secrets hidden. It can only be discarded.")
    if letter.task not in diagnosis.known_tasks():
        raise ConflictError(f"There is still no task {letter.task!r} here. Load what has it, or discard the letter.")
    transaction.on_commit(partial(_send, letter.pk, payload, queue=letter.queue))


def _send(letter_id: UUID, payload: dict[str, Any], *, queue: str) -> None:
    """Where the broker does not take it, the letter is open again."""
    try:
        publish.again(payload["body"], _properties(payload), queue=queue)
    except publish.BROKER_ERRORS as error:
        log.warning("dead message cannot be sent again", letter_id=str(letter_id), error=repr(error))
        with tenancy.unscoped("letters of messages belong to no workspace"):
            DeadLetter.objects.filter(pk=letter_id).update(
                status=LetterStatus.OPEN, reason="It could not be tried again: the broker did not answer."
            )


def _properties(payload: dict[str, Any]) -> dict[str, Any]:
    uid = str(uuid4())
    kept = {name: value for name, value in payload["headers"].items() if name not in _FOREIGN}
    return {
        "headers": {**kept, "id": uid, "root_id": uid},
        "correlation_id": uid,
        "content_type": payload["content_type"],
        "content_encoding": payload["content_encoding"],
    }
