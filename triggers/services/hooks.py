"""The URLs of webhooks: made with their triggers, found by strangers, replaced, and counted on."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import documents, tenancy
from core.errors import ConflictError
from core.services import audit
from triggers.models import Hook, Trigger
from triggers.models.hooks import new_public_id
from triggers.types import webhook

MAX_REASON_CHARACTERS = 500


def follow(triggers: Sequence[Trigger]) -> None:
    """Give every webhook among the triggers of a workflow a URL, unless it has one (`catalogue.FOLLOWERS`).

    It stays when the trigger pauses, goes or becomes of another type, and is found while it is an active webhook.
    """
    new = [Hook(workspace_id=row.workspace_id, trigger=row) for row in triggers if row.type == webhook.KEY]
    Hook.objects.bulk_create(new, ignore_conflicts=True)


def find(public_id: str) -> Hook | None:
    """The hook at this URL, with its trigger and workspace, while its trigger listens."""
    with tenancy.unscoped("the URL names the hook, and the hook its workspace"):
        rows = Hook.objects.select_related("trigger", "workspace")
        return rows.filter(public_id=public_id, trigger__is_active=True, trigger__type=webhook.KEY).first()


@transaction.atomic
def rotate(trigger: Trigger, *, by: str = "") -> Hook:
    """Give the webhook another URL; nothing is at the old one from now on. Raises `ConflictError` without a webhook."""
    rows = Hook.objects.filter(trigger=trigger, trigger__type=webhook.KEY)
    if not rows.update(public_id=new_public_id(), rotated_at=timezone.now()):
        raise ConflictError(f"The trigger {trigger.key!r} is no webhook; it has no URL.")
    row = rows.get()
    # Neither URL is in it: who knows one may send.
    after = {"workflow": str(trigger.workflow_id), "key": trigger.key}
    audit.record("trigger.url_rotated", by=by, target="trigger", target_id=trigger.pk, after=after)
    return row


def count_accepted(hook: Hook, *, is_duplicate: bool, now: datetime) -> None:
    """Count a request that was accepted, now or before."""
    _count(hook, "duplicates" if is_duplicate else "accepted", last_received_at=now)


def count_refused(hook: Hook, *, reason: str, now: datetime) -> None:
    """Count a request that was refused, and keep why for whoever set the hook up."""
    storable = documents.UNSTORABLE.sub("\ufffd", reason)[:MAX_REASON_CHARACTERS]
    _count(hook, "refused", last_refused_at=now, last_refusal=storable)


_uncounted: Counter[tuple[UUID, str]] = Counter()
_counting = Lock()


def _count(hook: Hook, column: str, **columns: Any) -> None:
    """Add one to a column. Concurrency: whoever meets another at the row does not wait for it, and is counted in by
    the next one of this process.
    """
    with _counting:
        number = _uncounted.pop((hook.pk, column), 0) + 1
    with transaction.atomic():
        free = Hook.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=hook.pk).values("pk")
        is_counted = Hook.objects.filter(pk__in=free).update(**{column: F(column) + number}, **columns)
    if not is_counted:
        with _counting:
            _uncounted[hook.pk, column] += number
