"""Do what is asked for once, and give its answer again to who asks again with the same key.

Source: draft-ietf-httpapi-idempotency-key-header-07, section 2.6 for what is refused; what is stored is the answer to a
request that did something. One that was refused did nothing, and is done when it is sent again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min, Sum
from django.utils import timezone

from core import limits, tenancy
from core.errors import SequiturError
from core.models import IdempotentAnswer, Workspace
from core.secret_box import SecretBox
from core.services import room
from core.services.room import FullError

KEPT = timedelta(hours=24)
SWEEP_ROWS = 10_000


class InProgressError(SequiturError):
    """The first request with this Idempotency-Key is not answered yet. Send it again shortly."""

    code = "in_progress"
    status = 409
    retry_after_seconds = 1


class KeyReusedError(SequiturError):
    """This Idempotency-Key was sent with another request. Every request needs a key of its own."""

    code = "idempotency_key_reused"
    status = 422


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: whose, with which key, for what, and a hash of all that it says."""

    caller: str
    key: str
    operation: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the JSON and the headers of an answer."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def once(asked: Asked, act: Callable[[], Answer]) -> Answer:
    """The answer of `act`, or that of the first request with this key. What `act` raises is raised, and not kept.

    Raises `InProgressError` while another process is about it, `KeyReusedError`, and `FullError` where the workspace
    keeps as many answers as it may, or as many bytes: then nothing was done.
    Concurrency: all of it is one transaction, so that there is no change without its answer; an advisory lock that it
    holds keeps the second of two at once from waiting for the first.
    """
    workspace_id = tenancy.current_workspace_id()
    with transaction.atomic():
        if not _is_mine(f"answer {workspace_id} {asked.caller} {asked.key}"):
            raise InProgressError
        row = IdempotentAnswer.objects.filter(caller=asked.caller, key=asked.key).first()
        if row is not None and row.expires_at > timezone.now():
            if row.fingerprint != asked.fingerprint:
                raise KeyReusedError
            return Answer(row.status, **json.loads(_box().decrypt(row.token, owner=_owner(row))))
        if row is not None:
            row.delete()
        answer = act()
        if answer.status < 400:
            row = IdempotentAnswer(
                workspace_id=workspace_id,
                caller=asked.caller,
                key=asked.key,
                operation=asked.operation[:200],
                fingerprint=asked.fingerprint,
                status=answer.status,
                expires_at=timezone.now() + KEPT,
            )
            shown = {"body": answer.body, "headers": {**answer.headers}}
            row.token = _box().encrypt(json.dumps(shown), owner=_owner(row))
            row.size_bytes = len(row.token)
            _refuse_full(row)
            row.save(force_insert=True)
        return answer


def sweep() -> int:
    """Forget the answers that have expired, at most so many at once; returns their number."""
    with tenancy.unscoped("answers of all workspaces expire"):
        expired = IdempotentAnswer.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
        ids = list(expired.values_list("pk", flat=True)[:SWEEP_ROWS])
        return IdempotentAnswer.objects.filter(pk__in=ids).delete()[0]


def _refuse_full(row: IdempotentAnswer) -> None:
    """Concurrency: answers of a workspace are counted one after the other. It is the last lock of the transaction but
    for those that are taken at its commit, so whatever was locked before, no two wait for each other. At the most
    answers that may be, counting takes 5 ms, of an index alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"answers {row.workspace_id}"])
    held = limits.of(Workspace.objects.get(pk=row.workspace_id).limits)
    kept = IdempotentAnswer.objects.aggregate(number=Count("pk"), bytes=Sum("size_bytes"), next=Min("expires_at"))
    try:
        room.refuse_full("max_kept_answers", kept["number"], held)
        room.refuse_full("max_kept_answer_bytes", (kept["bytes"] or 0) + row.size_bytes - 1, held)
    except FullError as error:
        if kept["next"] is not None:
            error.retry_after_seconds = max((kept["next"] - timezone.now()).total_seconds(), 1)
        raise


def _is_mine(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def _box() -> SecretBox:
    return SecretBox(settings.SEQUITUR_ENCRYPTION_KEYS)


def _owner(row: IdempotentAnswer) -> str:
    return f"{row.workspace_id}/answer/{row.pk}"
