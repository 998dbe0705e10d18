"""Read repairs and their items."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from workflows.engine.repairs import GOING, ItemStatus
from workflows.models import Repair, RepairItem

MAX_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a repair is, how fast it was so far (items in a second), and when it will be over if it goes on so."""

    percent: float
    rate: float | None
    eta: datetime | None


def listed(**columns: Any) -> QuerySet[Repair]:
    """Repairs of the workspace in scope; `columns` are what a row must say."""
    return Repair.objects.filter(**columns)


def items(repair_id: UUID, *, status: str | None = None) -> QuerySet[RepairItem]:
    """The items of a repair."""
    rows = RepairItem.objects.filter(repair=repair_id)
    return rows if status is None else rows.filter(status=status)


def last_errors(repair: Repair) -> list[RepairItem]:
    """The items that failed last, the newest first."""
    return list(items(repair.pk, status=ItemStatus.FAILED).order_by("-id")[:MAX_ERRORS]) if repair.failed else []


def progress(repair: Repair, *, now: datetime) -> Progress:
    """How far it is. The rate is what its items took; the estimate goes by the slower of that and its pace."""
    over = repair.total - repair.pending
    percent = round(100 * over / repair.total, 1) if repair.total else 100.0
    seconds = ((repair.finished_at or now) - repair.started_at).total_seconds() if repair.started_at else 0.0
    rate = round(over / seconds, 3) if over and seconds > 0 else None
    if repair.status not in GOING:
        return Progress(percent, rate, None)
    speed = min(rate or repair.per_second, repair.per_second)
    return Progress(percent, rate, now + timedelta(seconds=repair.pending / speed))
