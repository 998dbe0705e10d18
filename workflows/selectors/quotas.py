"""How much of its limits the workspace in scope has used."""

from datetime import datetime

from core import quotas
from workflows.engine.states import WorkflowStatus
from workflows.models import FlowState, Workflow


def workflows(now: datetime) -> int:
    """Those that are not archived."""
    return Workflow.objects.exclude(status=WorkflowStatus.ARCHIVED).count()


def runs_of_day(now: datetime) -> int:
    """Those that flow control counted on the day of `now` (`flow.controls.quota`)."""
    rows = FlowState.objects.filter(workflow=None, control="quota", label=quotas.day(now).isoformat())
    state = rows.values_list("state", flat=True).first() or {}
    return int(state.get("runs", 0))
