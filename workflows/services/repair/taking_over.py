"""Which actions a new run takes over from an old one, and which it does itself: from one action on, or all."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.errors import ConflictError, InvalidError, Problem
from core.ids import new_id
from workflows.definitions.plan import UNDO, Plan
from workflows.engine import planner
from workflows.engine.graph import Graph
from workflows.engine.planner import State
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun, Run
from workflows.services import rows

COPIED = ("key", "iteration", "item", "type", "status", "port", "output", "error", "started_at", "finished_at")


@dataclass
class TakingOver:
    """What the new run gets: `taken` are top-level rows of the old one that it has as they were, `executed` the keys
    of the actions that it does itself. `nested` are the rows that those hold, by their parent.
    """

    old: Run
    plan: Plan
    from_action: str | None
    taken: list[ActionRun] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    before: dict[str, ActionRun] = field(default_factory=dict)
    nested: Mapping[UUID | None, list[ActionRun]] = field(default_factory=dict)

    def rows_for(self, run: Run) -> list[ActionRun]:
        """The rows of the new run, not yet saved: copies, which say what of, and pending ones."""
        taken = {row.key: row for row in self.taken}
        new: list[ActionRun] = []
        for fresh in rows.of_body(run, self.plan.graph, parent=None, iteration=""):
            old = taken.get(fresh.key)
            new += [fresh] if old is None else self._copies(old, run, parent=None)
        return new

    @property
    def rows(self) -> list[ActionRun]:
        """All rows of the old run."""
        return [row for held in self.nested.values() for row in held]

    def below(self, row: ActionRun) -> list[ActionRun]:
        """The rows that a row of the old run holds, directly or not."""
        return [each for child in self.nested.get(row.pk, []) for each in (child, *self.below(child))]

    def _copies(self, old: ActionRun, run: Run, *, parent: ActionRun | None) -> list[ActionRun]:
        """A row and those that it holds, as far as the version still has them in the same place."""
        planned = self.plan.actions.get(old.key)
        if planned is None or (parent is not None and parent.key not in {planned.container, old.key}):
            return []
        values = {name: getattr(old, name) for name in COPIED}
        copy = ActionRun(
            id=new_id(),
            workspace_id=run.workspace_id,
            run=run,
            parent=parent,
            position=planned.position,
            reused_from=old,
            **values,
        )
        return [copy, *(each for row in self.nested.get(old.pk, []) for each in self._copies(row, run, parent=copy))]


def of(old: Run, plan: Plan, *, from_action: str | None) -> TakingOver:
    """What a run by this plan takes over from an old one, from an action (None: from the start) on.

    Raises `InvalidError` for an action that the old run's version does not have, and `ConflictError` when the plan has
    it, or what it needs, not or differently, and when what would be taken over was undone.
    """
    found = TakingOver(old, plan, from_action)
    by_parent: dict[UUID | None, list[ActionRun]] = defaultdict(list)
    for row in ActionRun.objects.filter(run=old).order_by("position", "iteration"):
        by_parent[row.parent_id].append(row)
    found.nested = by_parent
    found.before = {row.key: row for row in by_parent[None] if not row.key.endswith(UNDO)}
    if from_action is None:
        found.executed = [node.key for node in plan.graph.nodes]
        return found
    _check(found, plan.graph, from_action)
    led_to = _led_to(plan.graph, from_action)
    for node in plan.graph.nodes:
        old_row = found.before.get(node.key)
        if old_row is not None and node.key not in led_to and _is_settled(plan, old_row):
            found.taken.append(old_row)
        else:
            found.executed.append(node.key)
    _refuse_undone(found, by_parent[None])
    return found


def top_level(plan: Plan, key: str) -> str:
    """The action itself, or the one of the workflow's own that it stands in. Raises `InvalidError`."""
    planned = plan.actions.get(key)
    if planned is None or planned.is_undoing:
        message = f"The run has no action {key[:100]!r}. Its actions are: {', '.join(n.key for n in plan.graph.nodes)}."
        raise InvalidError(message, problems=[Problem("/from_action", "unknown", message)])
    while planned.container is not None:
        planned = plan.actions[planned.container]
    return planned.part.id


def _check(found: TakingOver, graph: Graph, key: str) -> None:
    """That the version has the action, and what it needs, as the old run had them."""
    for name in (key, *_needed_by(graph, key)):
        old, planned = found.before.get(name), found.plan.actions.get(name)
        what = "it" if name == key else f"{name!r}, which it needs,"
        if old is None or planned is None or planned.container is not None:
            where = "the version" if old is not None else "the run that is replayed"
            raise ConflictError(f"There is no replay from {key!r}: {what} is not among the actions of {where}.")
        if old.type != planned.part.type:
            raise ConflictError(
                f"There is no replay from {key!r}: {what} was of the type {old.type}, and is {planned.part.type} now."
            )


def _needed_by(graph: Graph, key: str) -> list[str]:
    """All that an action needs, directly or not; only the action's own absence is the caller's to tell."""
    found: dict[str, None] = {}
    left = [key] if key in graph.by_key else []
    while left:
        for need in graph.by_key[left.pop()].needs:
            if need.key not in found:
                found[need.key] = None
                left.append(need.key)
    return list(found)


def _led_to(graph: Graph, key: str) -> set[str]:
    """The action, and all that need it, directly or not."""
    found, left = {key}, [key]
    while left:
        following = {node.key for node in graph.followers[left.pop()]} - found
        found |= following
        left += following
    return found


def _is_settled(plan: Plan, row: ActionRun) -> bool:
    """Whether a row ended by itself, and not with the run: what was written off is decided anew."""
    match row.status:
        case ActionStatus.COMPLETED:
            return True
        case ActionStatus.FAILED:
            node = plan.graph.by_key[row.key]
            return not planner.is_unhandled(plan.graph, node, State(ActionStatus.FAILED))
        case ActionStatus.SKIPPED:
            return row.output is not None or bool(row.port)
    return False


def _refuse_undone(found: TakingOver, top: list[ActionRun]) -> None:
    taken = {row.key for each in found.taken for row in (each, *found.below(each))}
    for row in top:
        key = row.key.removesuffix(UNDO)
        if row.key.endswith(UNDO) and key in taken and (row.attempt > 0 or row.status == ActionStatus.COMPLETED):
            message = f"What {key!r} did was undone when the run failed. Replay it from the start, or from there."
            raise ConflictError(message)
