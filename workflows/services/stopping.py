"""End runs before their time: an operator cancels one, or it took too long."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import tenancy
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import ending, hinting, versions
from workflows.services.advancing import Advance


def cancel(run_id: UUID) -> None:
    """Cancel a run of the workspace in scope: nothing else starts, what waits is cancelled, what runs is let end.

    Does nothing to one that has ended or is about to.
    """
    with transaction.atomic():
        run = locked(run_id)
        advance = Advance(run, timezone.now())
        ending.decide(advance, RunStatus.CANCELLED)
        hinting.hint_ids(advance.queued)


def time_out(run_id: UUID) -> None:
    """Fail a run whose deadline is over, in the same way."""
    with transaction.atomic():
        run = locked(run_id)
        if run.status in FINISHED_RUN or run.deadline_at is None or run.deadline_at > timezone.now():
            return
        seconds = versions.load(run.version_id).definition.settings.timeout_seconds or 0
        message = f"The run took longer than the {seconds:g} seconds that its workflow allows."
        advance = Advance(run, timezone.now())
        run.deadline_at = None
        run.save(update_fields=["deadline_at"])
        ending.decide(advance, RunStatus.FAILED, error={"code": "run_timeout", "message": message, "action": None})
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
        with tenancy.scope(run.workspace_id):
            cancel(run.pk)
