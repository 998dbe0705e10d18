"""Whether a run can go on with another version of its workflow, given which of its actions have begun. Pure.

Constraints, and the rules that follow:

1. What has begun or ended is a fact, and stays: nothing is done again, nothing is forgotten. So each such action must
   be in the new version, of the same type and in the same place: the same container, the same loops around it.
2. What follows from facts is decided by the new graph. So an action that has begun keeps what it needs (else it would
   have begun before what it needs), its ports (else what it fired would lead nowhere), and whether its failure is
   allowed. By induction all that it needs has begun or ended, too.
3. A failure that the old version handles must not end the run, so it has to be handled by the new one.

Everything else may differ: parameters, retries, time limits, titles, and whatever has not begun.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from actions.registry import action_types
from workflows.definitions.plan import Plan, Planned
from workflows.engine import planner
from workflows.engine.graph import Node
from workflows.engine.planner import State
from workflows.engine.states import ActionStatus


@dataclass(frozen=True, slots=True)
class Begun:
    """An action of a run that is not pending any more; `has_failed` when a row of it has, which is no item."""

    key: str
    has_failed: bool = False


def obstacles(old: Plan, new: Plan, begun: Iterable[Begun]) -> list[str]:
    """Why a run whose actions have begun so far cannot go on by the new plan, a sentence for each action; none if it
    can."""
    return [f"`{each.key}` has begun, and {why}." for each in begun if (why := _obstacle(old, new, each))]


def _obstacle(old: Plan, new: Plan, begun: Begun) -> str:
    before, after = old.actions.get(begun.key), new.actions.get(begun.key)
    if before is None or after is None:
        return "the version has no such action"
    return next(_differences(old, new, before, after, begun), "")


def _differences(old: Plan, new: Plan, before: Planned, after: Planned, begun: Begun) -> Iterator[str]:
    if before.part.type != after.part.type:
        yield f"it is of the type {after.part.type} in the version, not {before.part.type}"
    if (before.container, before.loops, before.part.for_each is None) != (
        after.container,
        after.loops,
        after.part.for_each is None,
    ):
        yield "it stands in another place in the version"
    if _ports(before) != _ports(after) or (before.body is None) != (after.body is None):
        yield "it has other ports in the version"
    if before.is_undoing:
        return
    was, is_ = _node(old, before), _node(new, after)
    if (was.needs, was.join) != (is_.needs, is_.join):
        yield "it needs something else in the version"
    if was.allow_failure != is_.allow_failure:
        yield "its failure is treated differently in the version"
    if begun.has_failed and _is_unhandled(new, after) and not _is_unhandled(old, before):
        yield "nobody handles its failure in the version"


def _ports(planned: Planned) -> tuple[str, ...]:
    found = action_types.find(planned.part.type)
    return tuple(found.ports(planned.part.params)) if found else ()


def _node(plan: Plan, planned: Planned) -> Node:
    return plan.graph_in(planned.container).by_key[planned.part.id]


def _is_unhandled(plan: Plan, planned: Planned) -> bool:
    graph = plan.graph_in(planned.container)
    return planner.is_unhandled(graph, graph.by_key[planned.part.id], State(ActionStatus.FAILED))
