"""The names that the templates of an action see when it is performed."""

from datetime import datetime
from typing import Any

from core.context import workspace_names
from core.expressions import scope
from core.expressions.scope import Scope
from triggers.context import event_names
from triggers.models import Event
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun, Run
from workflows.services import versions
from workflows.services.versions import Published

Json = dict[str, Any]


def build(action_run: ActionRun, *, now: datetime, secrets: dict[str, str]) -> Scope:
    """The scope for one try. `secrets` are the values of those that the parameters name, and only they."""
    run, workspace = action_run.run, action_run.workspace
    published = versions.load(run.version_id)
    return scope.build(
        now=now,
        zone=workspace.time_zone,
        event=event_names(Event.objects.get(pk=run.event_id)),
        workspace=workspace_names(workspace),
        vars=workspace.variables,
        secrets=secrets,
        actions=_actions(run) if action_run.position else {},  # nothing was before the first
        run={"id": str(run.pk), "created_at": run.created_at.isoformat(), "variables": run.variables},
        workflow=_workflow(published),
        trigger=_trigger(published, run.trigger_key),
    )


def _actions(run: Run) -> Json:
    """What became of the actions so far, by key. Shape: `{key: {"status", "output", "error"}}`."""
    rows = ActionRun.objects.filter(run=run, iteration="").exclude(status=ActionStatus.PENDING)
    return {
        row["key"]: {"status": row["status"], "output": row["output"], "error": row["error"]}
        for row in rows.values("key", "status", "output", "error")
    }


def _workflow(published: Published) -> Json:
    return {
        "id": str(published.workflow_id),
        "name": published.definition.name,
        "slug": published.workflow_slug,
        "version": published.number,
    }


def _trigger(published: Published, key: str) -> Json:
    part = next(each for each in published.definition.triggers if each.id == key)
    return {"id": key, "type": part.type}
