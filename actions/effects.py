"""What keeps an action that changes our own database from doing it twice: the change and a note of it are one commit.

An action may be performed again when its worker was lost after the change and before that was written down. Notes are
by the action's idempotency key. The last key on the changed row would not do: between two attempts of one action others
change the same row.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from actions.models import RecordedEffect
from core import tenancy

KEPT_FOR = timedelta(days=30)  # longer than any action is tried again
SWEPT_AT_ONCE = 500

Json = dict[str, Any]


def known(idempotency_key: str) -> Json | None:
    """What an earlier attempt came to, in the workspace in scope; None when there was none."""
    row = RecordedEffect.objects.filter(digest=_digest(idempotency_key)).first()
    return None if row is None else row.result


def note(idempotency_key: str, action_type: str, result: Json) -> RecordedEffect:
    """Say that the effect is there. Raises IntegrityError when another attempt has said so.

    Concurrency: the unique constraint makes the second attempt wait for the transaction of the first.
    """
    return RecordedEffect.objects.create(
        workspace_id=tenancy.current_workspace_id(),
        digest=_digest(idempotency_key),
        action_type=action_type,
        result=result,
        made_at=timezone.now(),
    )


def sweep() -> int:
    """Delete some of the notes that are too old, of all workspaces; returns how many."""
    return delete_some(RecordedEffect.objects.filter(made_at__lte=timezone.now() - KEPT_FOR).order_by("made_at"))


def delete_some(rows: QuerySet[Any]) -> int:
    """Delete the first `SWEPT_AT_ONCE` of the rows; returns how many.

    Concurrency: SKIP LOCKED, so nobody waits for it, and two at once do half of the work each.
    """
    with transaction.atomic():
        found = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
        number: int = rows.model._default_manager.filter(pk__in=list(found)).delete()[0]  # noqa: SLF001  Django's own way
    return number


def _digest(idempotency_key: str) -> str:
    return hashlib.sha256(idempotency_key.encode("utf-8", "replace")).hexdigest()
