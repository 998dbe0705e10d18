"""Find notifications whose time has come, whose worker died or whose message was lost. Safe for any number at once."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from actions.channels.registry import channels
from core import hints, tenancy
from workflows.engine import notices
from workflows.engine.notices import DeliveryStatus
from workflows.models import NotificationDelivery
from workflows.services.notifications import telling

log = structlog.get_logger(__name__)

BATCH = 500

LOST = {"code": "worker_lost", "message": "The worker stopped before anything was sent."}
UNKNOWN = {
    "code": "outcome_unknown",
    "message": "The worker stopped while it was sent, so nobody can tell whether it arrived. It was not sent again; "
    "replay it if it did not.",
}


def sweep() -> None:
    """Everything that has to be looked for; what fails stops nothing else."""
    for part in (_due, _lost, _unheard):
        _guarded(part)


def _guarded(part: Callable[[], object]) -> None:
    try:
        part()
    except Exception:
        log.exception("sweep of notifications failed", what=part.__name__)


def _due() -> None:
    with tenancy.unscoped("one sweep serves all workspaces"), transaction.atomic():
        rows = NotificationDelivery.objects.filter(status=DeliveryStatus.PENDING, due_at__lte=Now()).order_by("due_at")
        _queue(rows.select_for_update(skip_locked=True)[:BATCH])


def _queue(rows: Any) -> None:
    found = list(rows)
    ids = [row.pk for row in found]
    NotificationDelivery.objects.filter(pk__in=ids).update(due_at=None, lease_until=None, hinted_at=timezone.now())
    for row in found:
        row.due_at = None
    telling.hint(found)


def _lost() -> None:
    with tenancy.unscoped("one sweep serves all workspaces"), transaction.atomic():
        rows = NotificationDelivery.objects.filter(status=DeliveryStatus.PENDING, lease_until__lt=Now())
        found = list(rows.select_for_update(skip_locked=True).order_by("lease_until")[:BATCH])
        _queue([row for row in found if _end_try(row)])


def _end_try(row: NotificationDelivery) -> bool:
    """Whether another try follows one whose worker died."""
    channel = channels.find(row.channel)
    is_unknown = row.is_handed_over and not (channel is not None and channel.may_repeat)
    error, now = UNKNOWN if is_unknown else LOST, timezone.now()
    attempt = {"number": row.attempt, "outcome": "lost", "started_at": None, "finished_at": now.isoformat()}
    row.attempts = [*row.attempts, {**attempt, "error": error, "request": None, "response": None}]
    row.error = error
    if is_unknown or row.attempt >= notices.RETRY.max_attempts:
        row.status, row.lease_until = DeliveryStatus.FAILED, None
    row.is_handed_over = False
    row.save(update_fields=["attempts", "error", "status", "lease_until", "is_handed_over"])
    return row.status == DeliveryStatus.PENDING


def _unheard() -> None:
    with tenancy.unscoped("one sweep serves all workspaces"):
        waiting = NotificationDelivery.objects.filter(status=DeliveryStatus.PENDING)
        hints.publish_again(waiting, queue=telling.QUEUE, publish_rows=_publish)


def _publish(rows: Sequence[NotificationDelivery]) -> None:
    telling.hint(rows)
