"""Which of the admin's actions make sense for a run, or an action, as it is: those that its page has buttons for.

A button asks as the list does: on a page that tells what would happen. Services refuse whatever is not possible.
"""

from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.selectors import waiting

_DECISIONS = {"approved": "approve", "rejected": "reject", "confirm": "confirm", "resend": "resend", "skip": "skip"}


def of_run(row: Run) -> list[str]:
    """The names of the actions for a run, as `RunAdmin` has them."""
    if row.status in FINISHED_RUN:
        return ["replay"] if row.status == RunStatus.COMPLETED else ["retry", "replay"]
    return ["cancel", "cancel_now"]


def of_action(row: ActionRun) -> list[str]:
    """The names of the actions for an action of a run, as `ActionRunAdmin` has them."""
    found = [_DECISIONS[each] for each in waiting.choices(row)]
    is_over = row.run.status in FINISHED_RUN
    if waiting.kind_of(row) == "retry" or (row.status == ActionStatus.FAILED and is_over):
        found.append("retry")
    is_left = row.status not in FINISHED_ACTION and row.status != ActionStatus.RUNNING
    if (is_left and not is_over) or (row.status == ActionStatus.FAILED and row.run.status == RunStatus.FAILED):
        found.append("leave_out")
    return [*found, "replay"] if is_over else found
