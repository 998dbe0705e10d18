"""Read notifications, with no more queries for a long list than for a short one."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.ids import uuid_or_none
from workflows.models import NotificationDelivery, Run, Workflow

SHOWN = 500  # of one run: a loop may have any number, and the list has them all


def listed(*, workflow: str | None = None, run: UUID | None = None, **columns: Any) -> QuerySet[NotificationDelivery]:
    """Notifications of the workspace in scope. `workflow` is its id or slug; `columns` are what a row must say."""
    rows = NotificationDelivery.objects.select_related("action_run", "digest").filter(**columns)
    if run is not None:
        rows = rows.filter(run=run)
    if workflow is not None:
        found = Workflow.objects.filter(slug=workflow).values_list("pk", flat=True)
        pk = uuid_or_none(workflow)
        rows = rows.filter(workflow__in=[pk] if pk else list(found))
    return rows


def of_run(run: Run) -> QuerySet[NotificationDelivery]:
    """The oldest notifications of a run that is shown."""
    return NotificationDelivery.objects.select_related("action_run", "digest").filter(run=run).order_by("id")[:SHOWN]
