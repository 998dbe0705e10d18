"""Read notifications, with no more queries for a long list than for a short one."""

from uuid import UUID

from django.db.models import Q, QuerySet

from core.searching import Search
from workflows.models import NotificationDelivery, Run
from workflows.selectors.workflows import pk_of

SHOWN = 500  # of one run: a loop may have any number, and the list has them all


def listed(
    *,
    workflow: str | None = None,
    run: UUID | None = None,
    status: str | None = None,
    channel: str | None = None,
    trigger: str | None = None,
) -> Search[NotificationDelivery]:
    """Notifications of the workspace in scope. `workflow` is its id or slug.

    The index of the run, the workflow or the status serves; for the rest, notifications are looked through.
    """
    rows, wanted = NotificationDelivery.objects.select_related("action_run", "digest"), Q()
    if run is not None:
        rows = rows.filter(run=run)
    if workflow is not None:
        pk = pk_of(workflow)
        of_it = Q(workflow=pk)
        rows, wanted = (rows.filter(of_it), wanted) if run is None else (rows, wanted & of_it)
    if status is not None:
        of_it = Q(status=status)
        rows, wanted = (rows.filter(of_it), wanted) if run is None and workflow is None else (rows, wanted & of_it)
    same = {"channel": channel, "trigger": trigger}
    return Search(rows, wanted & Q(**{column: value for column, value in same.items() if value is not None}))


def of_run(run: Run) -> QuerySet[NotificationDelivery]:
    """The oldest notifications of a run that is shown."""
    return NotificationDelivery.objects.select_related("action_run", "digest").filter(run=run).order_by("id")[:SHOWN]
