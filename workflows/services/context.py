"""The names that the templates and conditions of an action see when its turn has come."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from core.context import workspace_names
from core.expressions import scope
from core.expressions.scope import Scope
from core.models import Workspace
from triggers.context import event_names
from triggers.models import Event
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun, Run
from workflows.services.claims import Claim
from workflows.services.versions import Published

Json = dict[str, Any]

KEPT_EVENTS = 32  # per process: the actions of a run mostly come one after the other


class Names(Mapping[str, Any]):
    """The scope as plain JSON, without secrets: made when an action type first looks, which most never do."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._names: Json | None = None

    def _read(self) -> Json:
        if self._names is None:
            self._names = build(self._claim, secrets={}).as_json()
            self._names.pop("secrets", None)
        return self._names

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def build(claim: Claim, *, secrets: dict[str, str]) -> Scope:
    """The scope for one turn. `secrets` are the values of those that the parameters name, and only they."""
    workspace = Workspace.objects.get(pk=claim.workspace_id)
    return scope.build(
        now=claim.claimed_at,
        zone=workspace.time_zone,
        event=_event(claim.event_id),
        workspace=workspace_names(workspace),
        vars=workspace.variables,
        secrets=secrets,
        actions=_actions(claim),
        run={"id": str(claim.run_id), "created_at": claim.run_created_at.isoformat(), "variables": claim.variables},
        workflow=workflow_names(claim.published),
        trigger=trigger_names(claim.published, claim.trigger_key),
        **_loops(claim),
    )


@lru_cache(maxsize=KEPT_EVENTS)
def _event(event_id: UUID) -> Json:
    """Events never change."""
    return event_names(Event.objects.get(pk=event_id))


def _actions(claim: Claim) -> Json:
    """What became of the actions so far, by key: those beside it and around it, and the inner ones of no other item.

    Shape: `{key: {"status", "output", "error"}}`.
    """
    plan = claim.published.plan
    if not claim.parent_id and plan.graph_of(claim.key, claim.iteration) and not plan.graph.by_key[claim.key].needs:
        return {}  # nothing was before the first
    rows = ActionRun.objects.filter(run=claim.run_id, iteration__in=around(claim.iteration))
    rows = rows.exclude(status=ActionStatus.PENDING).order_by("iteration")  # of a loop and its item, the item wins
    return {
        row["key"]: {"status": row["status"], "output": row["output"], "error": row["error"]}
        for row in rows.values("key", "status", "output", "error")
    }


def around(iteration: str) -> list[str]:
    """The iteration and those around it: "3.0" is in "3", which is in ""."""
    numbers = iteration.split(".") if iteration else []
    return [".".join(numbers[:count]) for count in range(len(numbers) + 1)]


def _loops(claim: Claim) -> Json:
    keys = claim.planned.loops_around(claim.iteration)
    return loop_names(claim.iteration, _items(claim, keys)) if keys else {}


def loop_names(iteration: str, values: Mapping[str, Any]) -> Json:
    """`item` and `index` of the innermost loop, those of the ones around it as `loop.parent`, and so on; `values` are
    the items by their iterations."""
    names: Json = {}
    for each in around(iteration)[1:]:
        index = int(each.rpartition(".")[2])
        names = {"item": values.get(each), "index": index, "loop": {"parent": names} if names else {}}
    return {"loop": {}, **names}


def _items(claim: Claim, keys: tuple[str, ...]) -> Json:
    numbers = around(claim.iteration)[1:]
    rows = ActionRun.objects.filter(run=claim.run_id, key__in=keys)
    return dict(rows.filter(iteration__in=numbers, item__isnull=False).values_list("iteration", "item"))


def workflow_names(published: Published) -> Json:
    """Seen as `workflow`."""
    return {
        "id": str(published.workflow_id),
        "name": published.definition.name,
        "slug": published.workflow_slug,
        "version": published.number,
    }


def trigger_names(published: Published, key: str) -> Json:
    """Seen as `trigger`; its type is None for a run that no trigger started."""
    part = next((each for each in published.definition.triggers if each.id == key), None)
    return {"id": key, "type": part.type if part else None}


def of_run(run: Run, published: Published, *, now: datetime) -> Scope:
    """The scope of what is said about a run as a whole: without secrets, and with its own actions only."""
    workspace = Workspace.objects.get(pk=run.workspace_id)
    rows = ActionRun.objects.filter(run=run, parent=None).exclude(status=ActionStatus.PENDING)
    found = rows.values("key", "status", "output", "error")
    return scope.build(
        now=now,
        zone=workspace.time_zone,
        event=_event(run.event_id),
        workspace=workspace_names(workspace),
        vars=workspace.variables,
        actions={row["key"]: {name: row[name] for name in ("status", "output", "error")} for row in found},
        run={"id": str(run.pk), "created_at": run.created_at.isoformat(), "variables": run.variables},
        workflow=workflow_names(published),
        trigger=trigger_names(published, run.trigger_key),
    )
