"""End runs before their time: an operator cancels one, or it took too long."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from core.services import audit
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import ending, hinting, versions
from workflows.services.advancing import Advance
from workflows.services.repair import interrupting, noting

LEFT = (ActionStatus.CANCELLED, ActionStatus.SKIPPED)  # how an action ends that no longer waits for its run


def cancel(run_id: UUID, *, is_immediate: bool = False) -> None:
    """Cancel a run of the workspace in scope: nothing else starts, what waits is cancelled, what runs is let end, or
    interrupted if `is_immediate`.

    Does nothing to one that has ended or is about to.
    """
    with transaction.atomic():
        _cancel(locked(run_id), by=audit.ITSELF, comment="", is_immediate=is_immediate)


def cancel_for(run_id: UUID, *, by: str, comment: str = "", is_immediate: bool = False) -> None:
    """The same, because a person or a program wants it; the run says who, and what they say.

    `is_immediate`: the run has ended when this returns, also one whose end was decided otherwise, and nothing is
    undone. An action that ran is recorded as interrupted; one with effects and without a key says that its outcome is
    unknown. Its code may go on for a third of a lease, until it is interrupted, and what it records is ignored.

    Does nothing to a run that is cancelled already, or, unless `is_immediate`, whose end is decided: it shows as what
    it ends. Raises `ConflictError` for one that has completed or failed.
    """
    with transaction.atomic():
        run = locked(run_id)
        if run.status in FINISHED_RUN and run.status != RunStatus.CANCELLED:
            raise ConflictError(f"The run has {run.status} already; there is nothing to cancel.")
        _cancel(run, by=by, comment=comment, is_immediate=is_immediate)


def _cancel(run: Run, *, by: str, comment: str, is_immediate: bool) -> None:
    if run.status in FINISHED_RUN or (run.outcome and not is_immediate):
        return
    now, before = timezone.now(), {"status": run.status, "outcome": run.outcome}
    message = f"Cancelled by {by}: {comment}" if comment else f"Cancelled by {by}."
    error = {"code": "cancelled", "message": message, "action": None} if by != audit.ITSELF else None
    ended: list[ActionRun] = []
    if is_immediate:
        ended = interrupting.cut(run, now=now)
        run.outcome, run.stopped_at = None, now
        run.save(update_fields=["outcome", "stopped_at"])
    _end(run, RunStatus.CANCELLED, error=error)
    if by == audit.ITSELF:
        return
    mode = "immediate" if is_immediate else "cooperative"
    after = {"status": run.status, "outcome": run.outcome, "mode": mode}
    interrupted = [row.pk for row in ended]
    noting.note(run, "cancelled", by=by, reason=comment, at=now, before=before, after=after, actions=interrupted)


def supersede(run_id: UUID, *, by: UUID) -> None:
    """Cancel a run whose place a newer one of its lane takes; does nothing to one that has ended or is about to."""
    message = f"The run {by} came after it, and the workflow lets the newer one take its place."
    with transaction.atomic():
        _end(locked(run_id), RunStatus.CANCELLED, error={"code": "superseded", "message": message, "action": None})


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
    """Cancel a run whose parent action was cancelled or left out, at once if the parent's run was; no other."""
    with tenancy.unscoped("the message names a run, and the run its workspace"):
        found = Run.objects.filter(pk=run_id, parent__status__in=LEFT).select_related("parent__run")
        run = found.first()
    if run is not None and run.parent is not None:
        with tenancy.scope(run.workspace_id), transaction.atomic():
            cancel(run.pk, is_immediate=run.parent.run.stopped_at is not None)
            ActionRun.objects.filter(child_runs=run).update(hinted_at=None)
