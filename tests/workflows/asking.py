"""Runs that wait for people."""

from typing import Any

from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionRun, Run


def started(
    workspace: Workspace,
    *actions: dict[str, Any],
    data: dict[str, Any] | None = None,
    type_: str = "lead.created",
    **changes: Any,
) -> Run:
    """A run of a workflow with these actions, as far as it goes without waiting."""
    factories.published(workspace, factories.definition(*actions, triggers=[{"type": type_}], **changes))
    event = factories.event(workspace, type_, **(data or {}))
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def action_of(run: Run, key: str, iteration: str = "") -> ActionRun:
    """The row of an action as it is now."""
    with tenancy.scope(run.workspace_id):
        return ActionRun.objects.get(run=run, key=key, iteration=iteration)


def asking(key: str = "ask", **params: Any) -> dict[str, Any]:
    """An action that waits for a person's approval."""
    return {"id": key, "type": "approval", "params": {"message": "Pay?", **params}}


def step(key: str, **changes: Any) -> dict[str, Any]:
    """An action that writes a line."""
    return {"id": key, **factories.log_event("x"), **changes}


def make_unknown(row: ActionRun) -> ActionRun:
    """Let it be unknown whether a waiting action was done, as after a worker that died in the middle of it."""
    with tenancy.scope(row.workspace_id):
        error = {"code": "lost", "message": "The worker went away."}
        columns = {"status": "needs_decision", "due_at": None, "error": error, "started_at": timezone.now()}
        ActionRun.objects.filter(pk=row.pk).update(**columns)
        Run.objects.filter(pk=row.run_id).update(status="needs_decision")
        row.refresh_from_db()
    return row
