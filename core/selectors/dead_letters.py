"""Read dead letters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from core.ids import uuid_or_none
from core.models import DeadLetter


@dataclass(frozen=True, slots=True)
class Filters:
    """Which letters; what is None is not asked. `since` (included) and `until` (not included) are about their age.

    `q` is an id (of the letter, of what died, of its run), or words of why.
    """

    kind: str | None = None
    status: str | None = None
    code: str | None = None
    workflow: UUID | None = None
    q: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def listed(filters: Filters) -> QuerySet[DeadLetter]:
    """The letters in scope for which all of that holds."""
    same = {
        "kind": filters.kind,
        "status": filters.status,
        "code": filters.code,
        "workflow_id": filters.workflow,
        "created_at__gte": filters.since,
        "created_at__lt": filters.until,
    }
    rows = DeadLetter.objects.filter(**{column: value for column, value in same.items() if value is not None})
    return rows if filters.q is None else rows.filter(_about(filters.q))


def _about(words: str) -> Q:
    if uid := uuid_or_none(words):
        return Q(pk=uid) | Q(source_id=uid) | Q(run_id=uid) | Q(workflow_id=uid)
    return Q(message__icontains=words) | Q(task__icontains=words) | Q(code__iexact=words)
