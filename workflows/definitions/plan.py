"""A definition as runs need it: the graph of every body, and what each action is and stands in.

Only for definitions that were published, so that everything in them is known to be right.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.registry import action_types
from workflows.definitions.document import ActionPart, Definition, ForEach, Notification, Undo
from workflows.engine.graph import DONE, Graph, Join, Need, Node
from workflows.engine.notices import NotifyOn
from workflows.engine.retry import RetryPolicy
from workflows.types.base import ControlType

NOTHING = Graph(())
UNDO = ".undo"  # no id of an action has a dot
WHOLE = ""  # in the place of an action's key: the run as a whole


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

    @property
    def for_each(self) -> ForEach:
        """How its items are done; only of a loop."""
        return self.part.for_each or ForEach(items=[])

    @property
    def default_port(self) -> str:
        return default_port(self.part.type, self.part.params)

    @property
    def allows_fast_forward(self) -> bool:
        found = action_types.find(self.part.type)
        return found is not None and found.allows_fast_forward

    @property
    def is_undoing(self) -> bool:
        return self.part.id.endswith(UNDO)

    @property
    def holds_others(self) -> bool:
        return self.body is not None or self.part.for_each is not None

    def loops_around(self, iteration: str) -> tuple[str, ...]:
        """The loops that a row with this iteration is in, the outermost first; its own, if it is an item of it."""
        return (*self.loops, self.part.id) if self.is_item(iteration) else self.loops

    def is_item(self, iteration: str) -> bool:
        """Whether the row with this iteration is one of the items of its `for_each`."""
        return depth(iteration) > len(self.loops)

    def is_loop(self, iteration: str) -> bool:
        """Whether the row with this iteration is the loop itself, rather than one of its items."""
        return self.part.for_each is not None and not self.is_item(iteration)


@dataclass(frozen=True, slots=True)
class Policy:
    """A notification of an action, or of the whole workflow. `key` names it in the workflow, over its versions."""

    key: str
    part: Notification


# Who is told that a workflow was paused where nobody said: its workspace's owner. No policy of a document has this key.
PAUSED = Policy("(owner)", Notification(channel="email", trigger=NotifyOn.PAUSED))


@dataclass(frozen=True)
class Plan:
    """The graph of the workflow, and all its actions by key, nested ones and undoing ones included.

    `policies` are the notifications, by the key of their action or `WHOLE`; actions without any are not in it.
    """

    graph: Graph
    actions: Mapping[str, Planned] = field(repr=False)
    policies: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict, repr=False)

    def tells(self, key: str, *triggers: NotifyOn) -> bool:
        """Whether anybody is told when one of these happens to an action, or to the run (`WHOLE`)."""
        return any(policy.part.trigger in triggers for policy in self.policies.get(key, ()))

    def policy(self, key: str) -> Policy | None:
        """The policy of this name; None when the version has none."""
        if key == PAUSED.key:
            return PAUSED
        return next((each for found in self.policies.values() for each in found if each.key == key), None)

    def graph_in(self, container: str | None) -> Graph:
        """The graph of a container's body, or of the workflow."""
        return self.graph if container is None else self.actions[container].body or NOTHING

    def graph_of(self, key: str, iteration: str) -> Graph | None:
        """The graph that a row is a node of; None for the items of loops and for what undoes."""
        planned = self.actions[key]
        if planned.is_undoing or planned.is_item(iteration):
            return None
        return self.graph_in(planned.container)

    def only_follower(self, key: str, iteration: str) -> str | None:
        """The action that starts when a row ended well, if nothing else hangs on how either of them goes."""
        graph = self.graph_of(key, iteration)
        node = graph.only_follower(key) if graph else None
        return node.key if node else None

    def segment_after(self, key: str, iteration: str) -> list[str]:
        """The actions that are done one after the other once a row ended well, as far as nothing else is needed."""
        found: list[str] = []
        following: str | None = key
        while following is not None and not self.actions[following].holds_others:
            following = self.only_follower(following, iteration)
            found += [following] if following else []
        return found

    def ends_with(self, key: str, iteration: str) -> bool:
        """Whether the workflow is a plain list and this is the row of its last action."""
        is_top = self.graph_of(key, iteration) is self.graph
        return is_top and self.graph.is_chain and self.graph.nodes[-1].key == key


def compile(definition: Definition) -> Plan:  # noqa: A001  read as plan.compile, like re.compile
    """The plan of a published definition."""
    compiler = _Compiler(definition)
    graph = compiler.graph([definition.actions], container=None, loops=())
    compiler.add_undoing()
    return Plan(graph, compiler.actions, _policies(definition, compiler.actions))


def _policies(definition: Definition, actions: Mapping[str, Planned]) -> dict[str, tuple[Policy, ...]]:
    written = {WHOLE: definition.settings.notifications}
    written |= {key: planned.part.notifications for key, planned in actions.items()}
    return {
        key: tuple(
            Policy(f"{key}/{part.id or f'n{number}'}" if key else part.id or f"n{number}", part)
            for number, part in enumerate(parts, start=1)
        )
        for key, parts in written.items()
        if parts
    }


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
