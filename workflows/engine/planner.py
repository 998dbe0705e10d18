"""What follows from how far the actions of one graph are. Pure: rows are read and written by `workflows.services`.

The planner is asked after every change, may be asked twice, and answers the same; once its decision is applied it has
nothing more to say until something changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.engine.graph import ERROR, Graph, Join, Need, Node
from workflows.engine.states import FINISHED_ACTION, ActionStatus

PENDING, SKIPPED = ActionStatus.PENDING, ActionStatus.SKIPPED


@dataclass(frozen=True, slots=True)
class State:
    """How far an action is. `port` is the one that fires when it has completed, or although it was skipped: of what a
    person left out. Such a port fires once its own needs are met, so what follows keeps its place in the order.

    A container holds other actions (a loop, a `parallel`): it waits until they have ended, and cannot be ended alone.
    """

    status: ActionStatus
    port: str = ""
    is_container: bool = False
    is_ending: bool = False  # a container that starts nothing more


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, by keys: make claimable, write off, stop waiting, and let containers come to their end.

    `end` is how the graph ended, when it has: completed, failed or cancelled; `failed` is the action whose error nobody
    handles.
    """

    start: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    halt: tuple[str, ...] = ()
    end: ActionStatus | None = None
    failed: str | None = None


def decide(graph: Graph, states: Mapping[str, State]) -> Decision:
    """What follows, given the state of every action of the graph (by key).

    1. An action failed and nobody handles that: nothing more starts; what runs may end, what waits is cancelled.
    2. A pending action whose needs are met starts; one whose needs can no longer be met is skipped, and so on.
    3. When all have ended, so has the graph: failed by 1, cancelled if an action was, else completed.
    """
    failed = next((node.key for node in graph.nodes if is_unhandled(graph, node, states[node.key])), None)
    if failed is not None:
        start: tuple[str, ...] = ()
        skip = tuple(node.key for node in graph.nodes if states[node.key].status is PENDING)
    else:
        start, skip = _ready(graph, states)
    underway = [
        node.key for node in graph.nodes if states[node.key].status not in FINISHED_ACTION and node.key not in skip
    ]
    if not underway:
        return Decision(skip=skip, end=_end(states, failed), failed=failed)
    if failed is None:
        return Decision(start=start, skip=skip)
    waiting = {ActionStatus.QUEUED, ActionStatus.WAITING}
    cancel = tuple(key for key in underway if states[key].status in waiting and not states[key].is_container)
    halt = tuple(key for key in underway if states[key].is_container and not states[key].is_ending)
    if len(cancel) == len(underway):
        return Decision(skip=skip, cancel=cancel, end=ActionStatus.FAILED, failed=failed)
    return Decision(skip=skip, cancel=cancel, halt=halt, failed=failed)


def fired(node: Node, state: State) -> frozenset[str]:
    """The ports of an action that have fired, which only those of an ended one have."""
    if state.status is ActionStatus.COMPLETED:
        return frozenset({state.port or node.default_port})
    if state.status is ActionStatus.FAILED:
        return frozenset({ERROR, node.default_port}) if node.allow_failure else frozenset({ERROR})
    return frozenset({state.port}) if state.status is SKIPPED and state.port else frozenset()


def is_unhandled(graph: Graph, node: Node, state: State) -> bool:
    """Whether it failed, and no action of the graph handles that."""
    return state.status is ActionStatus.FAILED and not node.allow_failure and not graph.needs_error_of(node.key)


def _ready(graph: Graph, states: Mapping[str, State]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys that start and those that are skipped; skipping one decides about those that need it."""
    start: list[str] = []
    skipped: dict[str, State] = {}
    undecided = [node for node in graph.nodes if states[node.key].status is PENDING]
    while True:
        now = {**states, **skipped}
        met = {node.key: _is_met(graph, node, now) for node in undecided}
        start += [key for key, is_met in met.items() if is_met]
        dead = [key for key, is_met in met.items() if is_met is False]
        skipped |= {key: State(SKIPPED) for key in dead}
        undecided = [node for node in undecided if met[node.key] is None]
        if not dead:
            break
    order = {node.key: number for number, node in enumerate(graph.nodes)}
    return tuple(start), tuple(sorted(skipped, key=order.__getitem__))  # none starts but in the first round


def _is_met(graph: Graph, node: Node, states: Mapping[str, State]) -> bool | None:
    """Whether the needs of an action are met; None while that is open."""
    verdicts = [_has_fired(graph, need, states) for need in node.needs]
    decisive = node.join is Join.ANY
    if decisive in verdicts:
        return decisive
    return None if None in verdicts else not decisive or not verdicts


def _has_fired(graph: Graph, need: Need, states: Mapping[str, State]) -> bool | None:
    node, state = graph.by_key[need.key], states[need.key]
    if state.status not in FINISHED_ACTION:
        return None
    has_fired = need.port in fired(node, state)
    return _is_met(graph, node, states) if has_fired and state.status is SKIPPED else has_fired


def _end(states: Mapping[str, State], failed: str | None) -> ActionStatus:
    if failed is not None:
        return ActionStatus.FAILED
    is_cancelled = any(state.status is ActionStatus.CANCELLED for state in states.values())
    return ActionStatus.CANCELLED if is_cancelled else ActionStatus.COMPLETED
