"""The names that the templates of an action see when it is performed."""

from datetime import datetime
from typing import Any

from core.context import workspace_names
from core.expressions import scope
from core.expressions.scope import Scope
from triggers.context import event_names
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun, Run

Json = dict[str, Any]


def build(action_run: ActionRun, *, now: datetime, secrets: dict[str, str]) -> Scope:
    """The scope for one try. `secrets` are the values of those that the parameters name, and only they."""
    run, workspace = action_run.run, action_run.workspace
    return scope.build(
        now=now,
        zone=workspace.time_zone,
        event=event_names(run.event),
        workspace=workspace_names(workspace),
        vars=workspace.variables,
        secrets=secrets,
        actions=_actions(run),
        run={"id": str(run.pk), "created_at": run.created_at.isoformat(), "variables": run.variables},
        workflow=_workflow(run),
        trigger=_trigger(run),
    )


def _actions(run: Run) -> Json:
    """What became of the actions so far, by key. Shape: `{key: {"status", "output", "error"}}`."""
    rows = ActionRun.objects.filter(run=run, iteration="").exclude(status=ActionStatus.PENDING)
    return {
        row["key"]: {"status": row["status"], "output": row["output"], "error": row["error"]}
        for row in rows.values("key", "status", "output", "error")
    }


def _workflow(run: Run) -> Json:
    workflow = run.workflow
    return {"id": str(workflow.pk), "name": workflow.name, "slug": workflow.slug, "version": run.version.number}


def _trigger(run: Run) -> Json:
    trigger = run.firing.trigger
    return {"id": trigger.key, "type": trigger.type}
