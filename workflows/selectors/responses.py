"""What a run answers to the sender of the webhook that started it (see `triggers.ports`)."""

from collections.abc import Callable

from django.db.models import Q

from core.errors import SequiturError
from triggers.models import Firing
from triggers.ports import Answer
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run

RESPOND = "respond"


class RunFailedError(SequiturError):
    """The run that was to answer did not complete."""

    code = "run_failed"
    status = 502


def of_firing(firing: Firing, /, *, respond: str) -> Answer | None:
    """What the run of the firing answers; None while it is under way. `respond` is the word of the trigger.

    Raises `RunFailedError` for a run that failed or was cancelled without an answer; why is not a stranger's business.
    """
    own = Q(firing=firing) if firing.gathering is None else Q(gathering=firing.gathering)
    run = Run.objects.filter(own).first()
    if run is None:
        return None
    found = _ANSWERS[respond](run)
    if found is None and run.status in FINISHED_RUN:
        if run.status != RunStatus.COMPLETED:
            raise RunFailedError(f"The run {run.pk} {run.status} before it answered.")
        return Answer(200, {"run": str(run.pk), "status": run.status})
    return found


def _of_respond_action(run: Run) -> Answer | None:
    """That of the first `respond` that completed, also while the run goes on."""
    rows = ActionRun.objects.filter(run=run, type=RESPOND, status=ActionStatus.COMPLETED)
    row = rows.order_by("finished_at", "id").first()
    if row is None or not isinstance(row.output, dict) or "status" not in row.output:
        return None
    return Answer(row.output["status"], row.output.get("body"), row.output.get("headers") or {})


def _of_last_action(run: Run) -> Answer | None:
    """The output of the run, or of what completed last in it."""
    if run.status != RunStatus.COMPLETED:
        return None
    if run.output is not None:
        return Answer(200, run.output)
    rows = ActionRun.objects.filter(run=run, iteration="", parent=None, status=ActionStatus.COMPLETED)
    row = rows.order_by("-finished_at", "-position").first()
    return Answer(200, row.output if row else {})


_ANSWERS: dict[str, Callable[[Run], Answer | None]] = {
    "respond_action": _of_respond_action,
    "last_action": _of_last_action,
}
