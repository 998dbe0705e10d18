"""Random graphs and what becomes of their actions, an oracle that does not ask the planner, and a walk through both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import strategies as st

from workflows.engine import planner
from workflows.engine.graph import ERROR, Graph, Join, Need, Node
from workflows.engine.planner import Decision, State
from workflows.engine.states import FINISHED_ACTION, ActionStatus

PENDING, QUEUED, RUNNING = ActionStatus.PENDING, ActionStatus.QUEUED, ActionStatus.RUNNING
WAITING, NEEDS_DECISION = ActionStatus.WAITING, ActionStatus.NEEDS_DECISION
COMPLETED, FAILED = ActionStatus.COMPLETED, ActionStatus.FAILED
SKIPPED, CANCELLED = ActionStatus.SKIPPED, ActionStatus.CANCELLED

PORTS = (("done",), ("done",), ("true", "false"), ("gold", "silver", "default"))
MOST_ACTIONS = 8
MOST_STEPS = 500  # of a walk; the longest possible one is far shorter


@dataclass(frozen=True)
class Life:
    """What becomes of an action once it has started: the states it passes, and how it ends."""

    passes: tuple[ActionStatus, ...]
    end: State
    is_container: bool = False


@dataclass(frozen=True)
class Case:
    """A graph, and the life of each of its actions."""

    graph: Graph
    lives: Mapping[str, Life]

    def is_unhandled(self, key: str, states: Mapping[str, State]) -> bool:
        """Whether this action failed, may not, and no action needs its error: the oracle's own words for it."""
        handlers = [node for node in self.graph.nodes for need in node.needs if (need.key, need.port) == (key, "error")]
        return states[key].status == "failed" and not self.graph.by_key[key].allow_failure and not handlers


@st.composite
def cases(draw: st.DrawFn, *, may_fail_the_run: bool = True) -> Case:
    """A graph without a circle, its actions in any order of the document, and a life for each action."""
    keys = [chr(ord("a") + number) for number in range(draw(st.integers(0, MOST_ACTIONS)))]
    ports = {key: draw(st.sampled_from(PORTS)) for key in keys}
    nodes = []
    for number, key in enumerate(keys):
        needs = st.sampled_from([Need(of, port) for of in keys[:number] for port in (*ports[of], ERROR)] or [Need("")])
        nodes.append(
            Node(
                key,
                needs=tuple(draw(st.lists(needs, max_size=3))) if number else (),
                join=draw(st.sampled_from(Join)),
                allow_failure=draw(st.booleans()),
                default_port=ports[key][0],
            )
        )
    lives = {key: draw(_lives(ports[key])) for key in keys}
    if not may_fail_the_run:
        handled = {need.key for node in nodes for need in node.needs if need.port == ERROR}
        nodes = [replace(node, allow_failure=node.allow_failure or node.key not in handled) for node in nodes]
    return Case(Graph(tuple(draw(st.permutations(nodes)))), lives)


def _lives(ports: tuple[str, ...]) -> st.SearchStrategy[Life]:
    ends = st.sampled_from(
        [
            *(State(COMPLETED, port) for port in ports),
            State(COMPLETED),  # of a type that names no port
            State(FAILED),
            State(CANCELLED),
        ]
    )
    passes = st.sampled_from([(), (RUNNING,), (RUNNING, WAITING, QUEUED, RUNNING), (RUNNING, NEEDS_DECISION)])
    return st.builds(Life, passes, ends) | st.builds(Life, st.just((RUNNING, WAITING)), ends, st.just(True))


def ports_of(node: Node, state: State) -> set[str]:
    """The oracle's own account of the ports that have fired."""
    if state.status == "completed":
        return {state.port or node.default_port}
    if state.status == "failed":
        return {"error"} | ({node.default_port} if node.allow_failure else set())
    return set()


def may_start(graph: Graph, node: Node, states: Mapping[str, State]) -> bool:
    """The oracle's own account of whether all (or any) needs are met."""
    met = [need.port in ports_of(graph.by_key[need.key], states[need.key]) for need in node.needs]
    return all(met) if node.join == "all" or not met else any(met)


def outcome(case: Case) -> dict[str, State]:
    """How every action ends when no failure is unhandled, whatever the order: the oracle reads needs backwards."""
    ended: dict[str, State] = {}

    def end(key: str) -> State:
        if key not in ended:
            node = case.graph.by_key[key]
            before = {need.key: end(need.key) for need in node.needs}
            ended[key] = case.lives[key].end if may_start(case.graph, node, before) else State(SKIPPED)
        return ended[key]

    return {node.key: end(node.key) for node in case.graph.nodes}


@dataclass(frozen=True)
class Step:
    """One question to the planner: the states it was asked about, what it said, and what had moved before."""

    before: Mapping[str, State]
    decision: Decision
    after: Mapping[str, State]
    moved: str | None


@dataclass
class Walk:
    """Applies what the planner says and lets actions move on, in an order that `random` chooses."""

    case: Case
    random: Random
    states: dict[str, State] = field(init=False)
    left: dict[str, list[ActionStatus]] = field(init=False)

    def __post_init__(self) -> None:
        self.states = {node.key: State(PENDING) for node in self.case.graph.nodes}
        self.left = {key: list(life.passes) for key, life in self.case.lives.items()}

    def steps(self) -> Iterator[Step]:
        """All questions up to the end of the graph; fails when it does not come to one."""
        moved = None
        for _ in range(MOST_STEPS):
            before, decision = dict(self.states), planner.decide(self.case.graph, self.states)
            self.apply(decision)
            yield Step(before, decision, dict(self.states), moved)
            if decision.end is not None:
                return
            moved = self.move()
        raise AssertionError(f"no end in sight: {self.states}")

    def apply(self, decision: Decision) -> None:
        self.states |= {key: State(QUEUED, is_container=self.case.lives[key].is_container) for key in decision.start}
        self.states |= {key: State(SKIPPED) for key in decision.skip}
        self.states |= {key: State(CANCELLED) for key in decision.cancel}
        self.states |= {key: replace(self.states[key], is_ending=True) for key in decision.halt}

    def move(self) -> str:
        """Let one of the actions underway reach its next state, or its end."""
        underway = [key for key, state in self.states.items() if state.status not in {PENDING, *FINISHED_ACTION}]
        assert underway, f"nothing is underway, and nothing more is said: {self.states}"
        key = self.random.choice(underway)
        if self.left[key]:
            self.states[key] = replace(self.states[key], status=self.left[key].pop(0))
        else:
            self.states[key] = self.case.lives[key].end
        return key


randoms = st.randoms(use_true_random=False)
