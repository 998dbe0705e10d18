"""Move repairs on, item by item, at their pace. Safe for any number of workers at once, and for any that die.

Constraints, and the design that follows:

1. What is done to a run and that its item is done are one transaction. A worker that is killed in the middle leaves
   neither, one that is killed after it leaves both: nothing is ever done twice, and no operation needs a key for that.
2. The pace, the error budget and a pause hold for all workers together. So an item begins by locking its repair, and
   takes its token from that row; after a pause is answered, nothing begins.
3. Workers are not to stand in each other's way. So one of them holds a repair (`held_by`), until `due_at` if it does
   not come back, and gives it back when its slice of time is over or there is no token: nobody sleeps.
4. A message is a hint. `sweep` publishes for every repair that is due: after lost messages, dead workers, and when the
   bucket has filled.

Locks: the repair, then what its operation locks (runs and what comes after them). Nobody takes them the other way.
"""

import time
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, transaction
from django.utils import timezone

from core import publish, tenancy
from core.errors import ConflictError, SequiturError
from core.ids import new_id
from workflows.engine import repairs
from workflows.engine.repairs import GOING, Bucket, ItemStatus, RepairStatus, Target
from workflows.models import Repair, RepairItem
from workflows.services.bulk import requesting, steering, table
from workflows.services.bulk.operation import Order

log = structlog.get_logger(__name__)

Json = dict[str, Any]

SLICE_SECONDS = 5.0  # for which one message keeps a worker
BATCH = 500
STEPPED = [*steering.STEERED, "started_at", "tokens", "filled_at", "done", "failed", "skipped"]
BUG = {"code": "internal", "message": "It failed for a reason that nobody foresaw; the server's log has it."}
GONE = {"code": "gone", "message": "It is not there any more."}


class Step(StrEnum):
    """What came of looking for something to do."""

    DID = "did"  # an item
    WAITS = "waits"  # for its pace
    LEAVES = "leaves"  # it is over, paused, or somebody else's


def work(repair_id: UUID) -> None:
    """Do items of a repair until there is none, no token, or the slice is over. Does nothing to one that is held."""
    with tenancy.unscoped("the message names a repair, and the repair its workspace"):
        workspace_id = Repair.objects.filter(pk=repair_id).values_list("workspace_id", flat=True).first()
    if workspace_id is None:
        return
    holder, ends = new_id(), time.monotonic() + SLICE_SECONDS
    with tenancy.scope(workspace_id):
        while (came_of_it := step(repair_id, holder=holder, now=timezone.now())) is Step.DID:
            if time.monotonic() > ends:
                break
        if came_of_it is Step.DID:
            _hand_over(repair_id, holder=holder)


def step(repair_id: UUID, *, holder: UUID, now: datetime) -> Step:
    """Do one item, if one may be done now. In the scope of the repair's workspace."""
    with transaction.atomic():
        repair = steering.locked(repair_id)
        if repair.status not in GOING or _is_held_by_another(repair, holder, now=now):
            return Step.LEAVES
        if repair.status == RepairStatus.PENDING:
            repair.status, repair.started_at = RepairStatus.RUNNING.value, now
            repair.filled_at = now  # while it waited for a worker it saved nothing up
        bucket = repairs.filled(Bucket(repair.tokens, repair.filled_at), per_second=repair.per_second, now=now)
        wait = repairs.wait_seconds(bucket, per_second=repair.per_second)
        if wait > 0:
            repair.due_at, repair.held_by = now + timedelta(seconds=wait), None
            repair.save(update_fields=["status", "started_at", "due_at", "held_by"])
            return Step.WAITS
        repair.tokens, repair.filled_at = bucket.tokens - 1, bucket.filled_at
        repair.held_by, repair.due_at = holder, now + timedelta(seconds=settings.SEQUITUR_LEASE_SECONDS)
        _do_next(repair, now=now)
        repair.save(update_fields=STEPPED)
    return Step.DID if repair.status == RepairStatus.RUNNING else Step.LEAVES


def sweep() -> None:
    """Publish for the repairs that are due: their bucket has filled, their message is lost, or their worker died."""
    now = timezone.now()
    again = now + timedelta(seconds=settings.SEQUITUR_REHINT_SECONDS)
    with tenancy.unscoped("one sweep serves all workspaces"), transaction.atomic():
        due = Repair.objects.filter(due_at__lte=now, status__in=GOING).order_by("due_at")
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        Repair.objects.filter(pk__in=ids).update(due_at=again, held_by=None)
        for pk in ids:
            publish.task(requesting.TASK, pk, queue=requesting.QUEUE)


def _is_held_by_another(repair: Repair, holder: UUID, *, now: datetime) -> bool:
    is_free = repair.held_by is None or repair.held_by == holder
    return not is_free and repair.due_at is not None and repair.due_at > now


def _hand_over(repair_id: UUID, *, holder: UUID) -> None:
    """Let another message go on: others have waited for a slice."""
    with transaction.atomic():
        again = timezone.now() + timedelta(seconds=settings.SEQUITUR_REHINT_SECONDS)
        mine = Repair.objects.filter(pk=repair_id, held_by=holder, status__in=GOING)
        if mine.update(held_by=None, due_at=again):
            publish.task(requesting.TASK, repair_id, queue=requesting.QUEUE)


def _do_next(repair: Repair, *, now: datetime) -> None:
    """Do the next item of a locked repair, and say what that means for the repair."""
    item = RepairItem.objects.filter(repair=repair, status=ItemStatus.PENDING).order_by("id").first()
    if item is not None:
        _do(repair, item)
        item.finished_at = now
        item.save(update_fields=["status", "error", "result_id", "finished_at"])
        setattr(repair, item.status, getattr(repair, item.status) + 1)  # the counters are named for the statuses
    if repairs.is_spent(repair.failed, forgiven=repair.forgiven, max_errors=repair.max_errors):
        steering.stop(repair, now=now)
    elif repair.pending == 0 or item is None:
        steering.complete(repair, now=now)


def _do(repair: Repair, item: RepairItem) -> None:
    """Do it to the item's target, and let the item say how that went. What failed is undone, and stops no other."""
    try:
        operation = table.find(Target(repair.target), repair.operation)
        order = Order(repair.requested_by, repair.reason, table.options(operation, repair.options), repair.pk)
        with transaction.atomic():
            item.result_id = operation.act(item.target_id, order)
        item.status = ItemStatus.DONE.value
    except ObjectDoesNotExist:
        item.status, item.error = ItemStatus.SKIPPED.value, GONE
    except SequiturError as error:
        item.status, item.error = _refused(repair, error).value, {"code": error.code, "message": error.detail}
    except OperationalError:  # the database's trouble and not the item's: the whole step is taken back, and tried again
        raise
    except Exception:
        log.exception("item of a repair failed", repair_id=str(repair.pk), target_id=str(item.target_id))
        item.status, item.error = ItemStatus.FAILED.value, BUG


def _refused(repair: Repair, error: SequiturError) -> ItemStatus:
    """What a refusal is; a conflict is one of an operation that was found."""
    if isinstance(error, ConflictError) and table.find(Target(repair.target), repair.operation).is_conflict_a_skip:
        return ItemStatus.SKIPPED
    return ItemStatus.FAILED
