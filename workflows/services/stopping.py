"""End runs before their time: an operator cancels one, or it took too long."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import ending, hinting, versions
from workflows.services.advancing import Advance


def cancel(run_id: UUID) -> None:
    """Cancel a run of the workspace in scope: nothing else starts, what waits is cancelled, what runs is let end.

    Does nothing to one that has ended or is about to.
    """
    with transaction.atomic():
        _end(locked(run_id), RunStatus.CANCELLED)


def cancel_for(run_id: UUID, *, by: str, comment: str = "") -> None:
    """The same, because a person or a program wants it; the run says who, and what they say.

    Does nothing to a run that is cancelled already, or whose end is decided: it shows as what it ends. Raises
    `ConflictError` for one that has completed or failed.
    """
    with transaction.atomic():
        run = locked(run_id)
        if run.status in FINISHED_RUN and run.status != RunStatus.CANCELLED:
            raise ConflictError(f"The run has {run.status} already; there is nothing to cancel.")
        message = f"Cancelled by {by}: {comment}" if comment else f"Cancelled by {by}."
        _end(run, RunStatus.CANCELLED, error={"code": "cancelled", "message": message, "action": None})


def time_out(run_id: UUID) -> None:
    """Fail a run whose deadline is over, in the same way."""
    with transaction.atomic():
        run = locked(run_id)
        if run.status in FINISHED_RUN or run.deadline_at is None or run.deadline_at > timezone.now():
            return
        seconds = versions.load(run.version_id).definition.settings.timeout_seconds or 0
        message = f"The run took longer than the {seconds:g} seconds that its workflow allows."
        run.deadline_at = None
        run.save(update_fields=["deadline_at"])
        _end(run, RunStatus.FAILED, error={"code": "run_timeout", "message": message, "action": None})


def _end(run: Run, outcome: RunStatus, *, error: dict[str, Any] | None = None) -> None:
    advance = Advance(run, timezone.now())
    ending.decide(advance, outcome, error=error)
    hinting.hint_ids(advance.queued)


def cancel_stranded(action_run_id: UUID) -> None:
    """Cancel an action that was queued at the very moment at which the end of its run was decided; no other."""
    with tenancy.unscoped("the message names an action, and the action its workspace"):
        row = ActionRun.objects.filter(pk=action_run_id, status=ActionStatus.QUEUED, run__outcome__isnull=False).first()
    if row is None:
        return
    with tenancy.scope(row.workspace_id), transaction.atomic():
        run = locked(row.run_id)
        if run.status not in FINISHED_RUN and run.outcome:
            advance = Advance(run, timezone.now())
            advance.halt()
            advance.settle(None)
            hinting.hint_ids(advance.queued)


def locked(run_id: UUID) -> Run:
    """The run, its row locked for this transaction. First the run, then its actions, here and everywhere."""
    return Run.objects.select_for_update(of=("self",), no_key=True).select_related("workflow", "event").get(pk=run_id)


def cancel_child(run_id: UUID) -> None:
    """Cancel a run whose parent action was cancelled; does nothing to any other."""
    with tenancy.unscoped("the message names a run, and the run its workspace"):
        run = Run.objects.filter(pk=run_id, parent__status=ActionStatus.CANCELLED).first()
    if run is not None:
        with tenancy.scope(run.workspace_id), transaction.atomic():
            cancel(run.pk)
            ActionRun.objects.filter(child_runs=run).update(hinted_at=None)
