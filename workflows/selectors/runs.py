"""Read runs, with no more queries for a long list than for a short one."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from core.ids import uuid_or_none
from triggers.models import Event
from workflows.engine.states import FINISHED_RUN
from workflows.models import Run, Workflow

MAX_EVENTS = 100  # of one sender's id, from as many sources


def listed(
    *, workflow: str | None = None, event: str | None = None, status: str | None = None, parent: UUID | None = None
) -> QuerySet[Run]:
    """Runs of the workspace in scope, with what a list shows of them.

    `workflow` is its id or slug, `event` our uid or the sender's id, `parent` the run whose actions started them.
    """
    rows = Run.objects.select_related("workflow", "version", "event")
    if workflow is not None:
        workflow_id = uuid_or_none(workflow)
        rows = rows.filter(workflow=workflow_id) if workflow_id else rows.filter(workflow__in=_workflows(workflow))
    if event is not None:
        rows = rows.filter(event__in=_events(event))
    if status is not None:
        rows = rows.filter(status=status)
    if parent is not None:
        rows = rows.filter(parent__run=parent)
    return rows.defer("event__data", "version__definition", "workflow__draft", "workflow__layout", "variables")


def still_running(event_ids: Collection[UUID]) -> set[UUID]:
    """Of these events, those of which a run has not ended (see `triggers.ports`)."""
    going = Run.objects.filter(event__in=event_ids).exclude(status__in=FINISHED_RUN)
    return set(going.values_list("event_id", flat=True))


def _workflows(slug: str) -> list[UUID]:
    return list(Workflow.objects.filter(slug=slug).values_list("pk", flat=True))


def _events(identifier: str) -> list[UUID]:
    """Found first, so that the list of runs is filtered by one indexed column and not across a join."""
    known_as = Q(event_id=identifier)
    if uid := uuid_or_none(identifier):
        known_as |= Q(pk=uid)
    return list(Event.objects.filter(known_as).values_list("pk", flat=True)[:MAX_EVENTS])


def detailed() -> QuerySet[Run]:
    """Runs of the workspace in scope, with everything that is shown of one."""
    rows = Run.objects.select_related("workflow", "version", "event", "firing__trigger", "parent")
    return rows.prefetch_related("action_runs__attempts", "action_runs__child_runs", "consequences")
