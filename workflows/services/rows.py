"""New rows of action runs, not yet saved."""

from collections.abc import Sequence
from typing import Any

from workflows.definitions.plan import Planned
from workflows.engine.graph import Graph
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun, Run
from workflows.services import versions


def of_body(run: Run, graph: Graph, *, parent: ActionRun | None, iteration: str) -> list[ActionRun]:
    """The pending rows of a graph: of the workflow, or of a container's body."""
    actions = versions.load(run.version_id).plan.actions
    return [of_action(run, actions[node.key], parent=parent, iteration=iteration) for node in graph.nodes]


def of_items(loop: ActionRun, values: Sequence[Any]) -> list[ActionRun]:
    """The pending rows of a loop's items, in their order."""
    prefix = f"{loop.iteration}." if loop.iteration else ""
    return [
        ActionRun(
            workspace_id=loop.workspace_id,
            run_id=loop.run_id,
            parent=loop,
            key=loop.key,
            iteration=f"{prefix}{index}",
            item=value,
            position=loop.position,
            type=loop.type,
            status=ActionStatus.PENDING,
        )
        for index, value in enumerate(values)
    ]


def of_action(
    run: Run, planned: Planned, *, parent: ActionRun | None, iteration: str, position: int | None = None
) -> ActionRun:
    """The pending row of one action."""
    return ActionRun(
        workspace_id=run.workspace_id,
        run=run,
        parent=parent,
        key=planned.part.id,
        iteration=iteration,
        position=planned.position if position is None else position,
        type=planned.part.type,
        status=ActionStatus.PENDING,
    )
