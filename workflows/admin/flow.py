"""What flow control counts, and what it gathers."""

from django.contrib import admin

from core.admin_site import ReadOnlyAdmin
from workflows.models import CircuitMark, FlowState, Gathering, RunHour


@admin.register(FlowState)
class FlowStateAdmin(ReadOnlyAdmin[FlowState]):
    """What one control has counted under one key."""

    list_display = ["control", "label", "workflow", "workspace", "expires_at"]
    searched = ("id", "workflow", "workflow__slug")
    list_select_related = ["workflow", "workspace"]


@admin.register(Gathering)
class GatheringAdmin(ReadOnlyAdmin[Gathering]):
    """What events wait in for the run that they will have together, and what it became."""

    list_display = [
        "control",
        "label",
        "workflow",
        "count",
        "opened_at",
        "due_at",
        "closed_at",
        "run",
        "failures",
        "workspace",
    ]
    searched = ("id", "workflow", "workflow__slug", "run")
    list_select_related = ["workflow", "workspace", "run"]


@admin.register(CircuitMark)
class CircuitMarkAdmin(ReadOnlyAdmin[CircuitMark]):
    """What a circuit breaker has not counted yet: gone in a moment, unless the sweep does not run."""

    list_display = ["at", "workflow", "run", "workspace"]
    list_select_related = ["workflow", "run", "workspace"]


@admin.register(RunHour)
class RunHourAdmin(ReadOnlyAdmin[RunHour]):
    """What the runs of a workflow that began in an hour came to."""

    list_display = ["at", "workflow", "state", "workspace"]
    list_select_related = ["workflow", "workspace"]
