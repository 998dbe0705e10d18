"""A definition as runs need it: the graph of every body, and what each action is and stands in.

Only for definitions that were published, so that everything in them is known to be right.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.registry import action_types
from workflows.definitions.document import ActionPart, Definition, Undo
from workflows.engine.graph import DONE, Graph, Join, Need, Node
from workflows.engine.retry import RetryPolicy
from workflows.types.base import ControlType

NOTHING = Graph(())
UNDO = ".undo"  # no id of an action has a dot


@dataclass(frozen=True, slots=True)
class Planned:
    """An action and where it stands.

    `position` counts through the document; `container` is the action whose body it stands in; `loops` are the actions
    with `for_each` around it, the outermost first: so many numbers has the iteration of its rows, one more if it has a
    `for_each` of its own and the row is one of its items.
    """

    part: ActionPart
    policy: RetryPolicy
    position: int
    container: str | None = None
    loops: tuple[str, ...] = ()
    body: Graph | None = None

    def is_loop(self, iteration: str) -> bool:
        """Whether the row with this iteration is the loop itself, rather than one of its items."""
        return self.part.for_each is not None and depth(iteration) == len(self.loops)


@dataclass(frozen=True)
class Plan:
    """The graph of the workflow, and all its actions by key, nested ones and undoing ones included."""

    graph: Graph
    actions: Mapping[str, Planned] = field(repr=False)

    def graph_in(self, container: str | None) -> Graph:
        """The graph of a container's body, or of the workflow."""
        return self.graph if container is None else self.actions[container].body or NOTHING


def compile(definition: Definition) -> Plan:  # noqa: A001  read as plan.compile, like re.compile
    """The plan of a published definition."""
    compiler = _Compiler(definition)
    graph = compiler.graph([definition.actions], container=None, loops=())
    compiler.add_undoing()
    return Plan(graph, compiler.actions)


def depth(iteration: str) -> int:
    """In how many loops a row stands, itself included if it is an item."""
    return iteration.count(".") + 1 if iteration else 0


def nested(part: ActionPart) -> list[list[ActionPart]]:
    """The lists of actions in an action's parameters: the branches of a `parallel`, the body of a `loop`."""
    found = action_types.find(part.type)
    bodies = found.bodies(part.params) if isinstance(found, ControlType) else {}
    return [[ActionPart.model_validate(item) for item in body] for body in bodies.values()]


def default_port(action_type: str, params: Mapping[str, Any]) -> str:
    """The port that is meant when an action is needed without naming one."""
    found = action_types.find(action_type)
    return next(iter(found.ports(params)), DONE) if found else DONE


class _Compiler:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.actions: dict[str, Planned] = {}

    def graph(self, bodies: Iterable[Sequence[ActionPart]], *, container: str | None, loops: tuple[str, ...]) -> Graph:
        bodies = list(bodies)
        for part in (part for body in bodies for part in body):
            self._add(part, container=container, loops=loops)
        ports = {part.id: _port(part) for body in bodies for part in body}
        return Graph(tuple(node for body in bodies for node in _nodes(body, ports)))

    def add_undoing(self) -> None:
        for planned in list(self.actions.values()):
            if planned.part.undo is not None:
                part = _undoing(planned.part.id, planned.part.undo)
                loops = (*planned.loops, planned.part.id) if planned.part.for_each else planned.loops
                self._add(part, container=None, loops=loops)

    def _add(self, part: ActionPart, *, container: str | None, loops: tuple[str, ...]) -> None:
        position = len(self.actions)
        policy = (part.retry or self.definition.settings.retry).policy()
        self.actions[part.id] = Planned(part, policy, position, container, loops)
        if bodies := nested(part):
            inside = (*loops, part.id) if part.for_each else loops
            body = self.graph(bodies, container=part.id, loops=inside)
            self.actions[part.id] = Planned(part, policy, position, container, loops, body)


def _port(part: ActionPart) -> str:
    """The default port; a loop has ended when its items have, and then fires `done`, whatever they fired."""
    return DONE if part.for_each is not None else default_port(part.type, part.params)


def _nodes(body: Sequence[ActionPart], ports: Mapping[str, str]) -> Iterator[Node]:
    before: str | None = None
    for part in body:
        default = (before,) if before else ()
        needs = tuple(_need(text, ports) for text in (default if part.needs is None else part.needs))
        yield Node(part.id, needs, Join(part.join), part.allow_failure, ports[part.id])
        before = part.id


def _need(text: str, ports: Mapping[str, str]) -> Need:
    key, _, port = text.partition(".")
    return Need(key, port or ports[key])


def _undoing(key: str, undo: Undo) -> ActionPart:
    return ActionPart.model_construct(id=f"{key}{UNDO}", **undo.model_dump(exclude={"retry"}), retry=undo.retry)
