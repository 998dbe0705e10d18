"""Read runs, with no more queries for a long list than for a short one."""

from django.db.models import Q, QuerySet

from core.ids import uuid_or_none
from workflows.models import Run


def listed(*, workflow: str | None = None, event: str | None = None, status: str | None = None) -> QuerySet[Run]:
    """Runs of the workspace in scope, with what a list shows of them.

    `workflow` is its id or slug, `event` our uid or the sender's id.
    """
    rows = Run.objects.select_related("workflow", "version", "event")
    if workflow is not None:
        rows = rows.filter(Q(workflow=uuid_or_none(workflow)) | Q(workflow__slug=workflow))
    if event is not None:
        rows = rows.filter(Q(event=uuid_or_none(event)) | Q(event__event_id=event))
    if status is not None:
        rows = rows.filter(status=status)
    return rows.defer("event__data", "version__definition", "workflow__draft", "variables")


def detailed() -> QuerySet[Run]:
    """Runs of the workspace in scope, with everything that is shown of one."""
    rows = Run.objects.select_related("workflow", "version", "event", "firing__trigger")
    return rows.prefetch_related("action_runs__attempts")
