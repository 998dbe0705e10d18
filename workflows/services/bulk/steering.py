"""Pause, resume, cancel and end repairs. What is asked for twice changes nothing the second time."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from core import publish
from core.errors import ConflictError
from core.services import audit
from workflows.engine.repairs import GOING, OVER, RepairStatus
from workflows.models import Repair
from workflows.services.bulk import requesting

log = structlog.get_logger(__name__)

Json = dict[str, Any]

STEERED = ["status", "status_reason", "due_at", "held_by", "forgiven", "finished_at"]


def pause(repair_id: UUID, *, by: str, reason: str = "") -> Repair:
    """Begin no more items, until it is resumed. Once this returns, none begins. Raises `ConflictError` for one that is
    over or has stopped."""
    with transaction.atomic():
        row = locked(repair_id)
        if row.status == RepairStatus.PAUSED:
            return row
        if row.status not in GOING:
            raise ConflictError(f"The repair is {row.status}; there is nothing to pause.")
        return _steer(row, RepairStatus.PAUSED, by=by, reason=reason)


def resume(repair_id: UUID, *, by: str, reason: str = "") -> Repair:
    """Go on. One that has stopped gets its error budget anew. Raises `ConflictError` for one that is over."""
    with transaction.atomic():
        row = locked(repair_id)
        if row.status in GOING:
            return row
        if row.status in OVER:
            raise ConflictError(f"The repair is {row.status}; there is nothing to resume.")
        row.forgiven = row.failed
        row.due_at = timezone.now()
        publish.task(requesting.TASK, row.pk, queue=requesting.QUEUE)
        return _steer(row, RepairStatus.RUNNING if row.started_at else RepairStatus.PENDING, by=by, reason=reason)


def cancel(repair_id: UUID, *, by: str, reason: str = "") -> Repair:
    """End it: items that are pending stay so. Raises `ConflictError` for one that has completed."""
    with transaction.atomic():
        row = locked(repair_id)
        if row.status == RepairStatus.CANCELLED:
            return row
        if row.status in OVER:
            raise ConflictError(f"The repair is {row.status}; there is nothing to cancel.")
        row.finished_at = timezone.now()
        return _steer(row, RepairStatus.CANCELLED, by=by, reason=reason)


def stop(repair: Repair, *, now: datetime) -> None:
    """Its error budget is spent. The caller has it locked, and saves it."""
    _leave(repair, RepairStatus.STOPPED)
    failed = repair.failed - repair.forgiven
    repair.status_reason = f"{failed:,} items failed, as many as its error budget has; {repair.pending:,} are left."
    _ended(repair, "repair.stopped", reason=repair.status_reason)
    log.error("repair stopped", repair_id=str(repair.pk), reason=repair.status_reason)


def complete(repair: Repair, *, now: datetime) -> None:
    """All its items are done, failed or skipped. The caller has it locked, and saves it."""
    _leave(repair, RepairStatus.COMPLETED)
    repair.finished_at, repair.status_reason = now, ""
    _ended(repair, "repair.completed", reason="")
    log.info("repair completed", repair_id=str(repair.pk), **_counts(repair))


def locked(repair_id: UUID) -> Repair:
    """The repair, its row locked for this transaction: before any run, here and everywhere."""
    return Repair.objects.select_for_update(of=("self",), no_key=True).get(pk=repair_id)


def _steer(row: Repair, status: RepairStatus, *, by: str, reason: str) -> Repair:
    before, due_at = row.status, row.due_at
    _leave(row, status)
    row.due_at = due_at if status in GOING else None
    row.status_reason = reason
    row.save(update_fields=STEERED)
    word = "resumed" if status in GOING else status.value
    audit.record(
        f"repair.{word}", by=by, target="repair", target_id=row.pk, reason=reason,
        before={"status": before}, after={"status": row.status, **_counts(row)},
    )  # fmt: skip
    return row


def _leave(row: Repair, status: RepairStatus) -> None:
    row.status, row.due_at, row.held_by = status.value, None, None


def _ended(row: Repair, action: str, *, reason: str) -> None:
    audit.record(action, by=audit.ITSELF, target="repair", target_id=row.pk, reason=reason, after=_counts(row))


def _counts(row: Repair) -> Json:
    return {"total": row.total, "done": row.done, "failed": row.failed, "skipped": row.skipped}
