"""Read runs, with no more queries for a long list than for a short one."""

from django.db.models import QuerySet

from workflows.models import Run


def listed() -> QuerySet[Run]:
    """Runs of the workspace in scope, with what a list shows of them."""
    rows = Run.objects.select_related("workflow", "version", "event")
    return rows.defer("event__data", "version__definition", "workflow__draft", "variables")


def detailed() -> QuerySet[Run]:
    """Runs of the workspace in scope, with everything that is shown of one."""
    rows = Run.objects.select_related("workflow", "version", "event", "firing__trigger")
    return rows.prefetch_related("action_runs__attempts")
