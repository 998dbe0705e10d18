"""Read dead letters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from core.ids import uuid_or_none
from core.models import DeadLetter, LetterKind
from core.searching import Search, period


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
    return search(filters).every()


def search(filters: Filters) -> Search[DeadLetter]:
    """The same for a list. One of the filters is served by an index; for the others, letters are looked through."""
    by_id, wanted = period("created_at", filters.since, filters.until)
    same = {
        "workflow_id": filters.workflow, "status": filters.status, "kind": filters.kind, "code": filters.code,
    }  # fmt: skip
    given = {column: value for column, value in same.items() if value is not None}
    served = next(({column: value} for column, value in given.items() if column != "code"), {})
    rows = DeadLetter.objects.filter(by_id, **served)
    wanted &= Q(**{column: value for column, value in given.items() if column not in served})
    if filters.q is None:
        return Search(rows, wanted)
    if uid := uuid_or_none(filters.q):
        return Search(rows.filter(_of(uid)), wanted)
    return Search(rows, wanted & _about(filters.q))


def _of(uid: UUID) -> Q:
    """Letters of a workflow, which may be many, or what else has this id: each by an index."""
    if DeadLetter.objects.filter(workflow_id=uid).exists():
        return Q(workflow_id=uid)
    return Q(pk=uid) | Q(kind__in=LetterKind.values, source_id=uid) | Q(run_id=uid)


def _about(words: str) -> Q:
    return Q(message__icontains=words) | Q(task__icontains=words) | Q(code__iexact=words)
