"""Read the versions of workflows."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When

from core.errors import NotFoundError, Problem
from workflows.engine.states import EXCEPTIONAL_RUN, GOING_RUN
from workflows.models import Run, Workflow, WorkflowVersion

MAX_NUMBER = 2**31 - 1


class UnknownVersionError(NotFoundError):
    """The workflow has no such version."""

    code = "unknown_version"


def listed(workflow: Workflow) -> QuerySet[WorkflowVersion]:
    """All versions, without their definitions."""
    return WorkflowVersion.objects.filter(workflow=workflow).defer("definition")


def going(rows: Iterable[WorkflowVersion]) -> dict[UUID, int]:
    """How many runs of each version have not ended; those without any are left out."""
    rows = list(rows)
    of_them = Run.objects.filter(version__in=[row.pk for row in rows]).order_by()
    # Apart, since an index has each: of what goes on, and never of all that has been.
    waiting = of_them.filter(workflow__in={row.workflow_id for row in rows}, status__in=_WAITING)
    others = of_them.filter(status__in=GOING_RUN - _WAITING)
    found: Counter[UUID] = Counter()
    for some in (waiting, others):
        found.update(dict(some.values_list("version").annotate(Count("id"))))
    return dict(found)


_WAITING = GOING_RUN & frozenset(EXCEPTIONAL_RUN)


def find(workflow: Workflow, number: int | str, *, path: str = "") -> WorkflowVersion:
    """The version with this number. Raises `UnknownVersionError` (404)."""
    written = str(number)
    found = None
    if written.isascii() and written.isdecimal() and len(written) <= 10 and int(written) <= MAX_NUMBER:
        found = WorkflowVersion.objects.filter(workflow=workflow, number=int(written)).first()
    if found is None:
        message = f"The workflow has no version {written[:20]}; the last one is {last_number(workflow)}."
        raise UnknownVersionError(message, problems=[Problem(path, "unknown_version", message)] if path else ())
    return found


def last_number(workflow: Workflow) -> int:
    """The highest number of a version; 0 without any."""
    return WorkflowVersion.objects.filter(workflow=workflow).aggregate(last=Max("number"))["last"] or 0


def with_unpublished_changes(rows: QuerySet[Workflow]) -> QuerySet[Workflow]:
    """The workflows, each with `is_ahead`: whether its draft is not what its active version says. Seen by the database,
    since a list reads no definitions."""
    is_same = Q(active_version__isnull=False, draft=F("active_version__definition"))
    return rows.annotate(is_ahead=Case(When(is_same, then=Value(value=False)), default=Value(value=True)))


def is_ahead(row: Workflow) -> bool:
    """Whether the draft is not what the active version says."""
    known: bool | None = row.__dict__.get("is_ahead")  # of `with_unpublished_changes`
    if known is not None:
        return known
    return row.active_version is None or row.draft != row.active_version.definition


def side(workflow: Workflow, word: str, *, before: int | None = None) -> tuple[str, dict[str, Any]]:
    """What a word of a comparison means, and its definition: a number, `draft`, `active`, or `previous`: the version
    before the one with the number `before`, and an empty definition where there is none.

    Raises `UnknownVersionError`.
    """
    if word == "draft":
        return word, workflow.draft
    if word == "active":
        if workflow.active_version is None:
            raise UnknownVersionError("The workflow has no active version; it was never published.")
        return str(workflow.active_version.number), workflow.active_version.definition
    if word == "previous":
        rows = WorkflowVersion.objects.filter(workflow=workflow)
        row = (rows if before is None else rows.filter(number__lt=before)).order_by("-number").first()
        return ("nothing", {}) if row is None else (str(row.number), row.definition)
    row = find(workflow, word)
    return str(row.number), row.definition
