"""End what runs at the moment: its claim is taken away, and whoever performs it is interrupted.

The row says that nobody holds it any more. The keeper of the process that did notices that at its next renewal
(`services.holding`), and interrupts the code; what it records after that matches no row.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from actions.base import Effects
from triggers.services import waits
from workflows.definitions.plan import UNDO
from workflows.engine.states import FINISHED_ACTION, ActionStatus, AttemptOutcome
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import versions
from workflows.services.repair import effects

UNKNOWN = {
    "code": "outcome_unknown",
    "message": "The run was cancelled in the middle of this action, so nobody can tell whether it was done.",
}
CUT = {"code": "cancelled", "message": "The run was cancelled in the middle of this try."}
NOTHING = dict.fromkeys(("lease_until", "due_at", "hinted_at", "queue_priority", "start_by", "progress"))


def cut(run: Run, *, now: datetime) -> list[ActionRun]:
    """Cancel what runs in a locked run, and all that undoes it; returns what ran. To be halted and settled afterwards.

    Concurrency: all rows that have not ended are locked at once, in the order of their ids: workers that complete one
    and claim the next wait, and then find that neither is theirs.
    """
    unfinished = ActionRun.objects.filter(run=run).exclude(status__in=FINISHED_ACTION)
    waits.forget(unfinished.filter(progress__isnull=False).values_list("pk", flat=True))
    rows = list(unfinished.select_for_update(no_key=True).defer("output", "item").order_by("pk"))
    running = [row for row in rows if row.status == ActionStatus.RUNNING]
    for row in running:
        _end(row, run, now=now)
    undoing = [row.pk for row in rows if row.key.endswith(UNDO) and row not in running]
    columns = {**NOTHING, "status": ActionStatus.CANCELLED, "finished_at": now}
    ActionRun.objects.filter(pk__in=undoing).update(**columns)
    return running


def _end(row: ActionRun, run: Run, *, now: datetime) -> None:
    """Its try is recorded, as far as anybody knows of it."""
    plan = versions.load(run.version_id).plan
    error = UNKNOWN if effects.of_row(plan, row) is Effects.ONCE else CUT
    ActionAttempt.objects.create(
        workspace_id=row.workspace_id,
        action_run=row,
        number=row.attempt,
        outcome=AttemptOutcome.INTERRUPTED,
        error=error,
        started_at=row.claimed_at or now,
        finished_at=now,
    )
    for name, value in {**NOTHING, "status": ActionStatus.CANCELLED, "error": error, "finished_at": now}.items():
        setattr(row, name, value)
    row.save(update_fields=["status", "error", "finished_at", *NOTHING])


def notice_seconds() -> float:
    """Within so many seconds after a claim was taken away, the code that has it is interrupted."""
    return float(settings.SEQUITUR_LEASE_SECONDS) / 3


def unknown_among(rows: Sequence[ActionRun]) -> list[ActionRun]:
    """Those of which nobody knows whether they were done."""
    return [row for row in rows if row.error == UNKNOWN]
