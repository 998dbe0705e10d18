"""What is to be done (Workflow, WorkflowVersion), and how far it is (Run, ActionRun, ActionAttempt)."""

from workflows.models.flow import CircuitMark, FlowState
from workflows.models.gathering import Gathering
from workflows.models.notifications import NotificationDelivery
from workflows.models.repairs import Repair, RepairItem
from workflows.models.rollups import RunHour
from workflows.models.runs import TOLD_OF, WEBHOOK_TYPES, ActionAttempt, ActionRun, Run
from workflows.models.testing import WorkflowTest
from workflows.models.workflows import Workflow, WorkflowVersion

__all__ = (
    "TOLD_OF",
    "WEBHOOK_TYPES",
    "ActionAttempt",
    "ActionRun",
    "CircuitMark",
    "FlowState",
    "Gathering",
    "NotificationDelivery",
    "Repair",
    "RepairItem",
    "Run",
    "RunHour",
    "Workflow",
    "WorkflowTest",
    "WorkflowVersion",
)
