"""Whether the actions of one body can follow each other as their needs say: names, ports, circles, dead ends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import and_, or_

from core import validation
from core.errors import Problem
from workflows.definitions import outline
from workflows.definitions.document import NEED
from workflows.definitions.outline import Body, Outline, Place
from workflows.engine.graph import ERROR, Join

MAX_NEEDS = 100  # more are the shape's problem
MAX_NAMED = 10  # members of a circle, or ports, that a message names
MAX_SHOWN = 100  # characters of a name


@dataclass(frozen=True, slots=True)
class Edge:
    """A need as it is written. `port` is "" where none is named; `path` is where a problem with it is shown."""

    key: str
    port: str
    path: str
    is_default: bool = False


@dataclass(frozen=True)
class BodyGraph:
    """A body with the needs in it that lead somewhere, and the order in which its actions can be reached.

    `order` has each action after those it needs; `closing` are the needs that close a circle, with its members.
    """

    body: Body
    edges: Mapping[str, tuple[Edge, ...]]
    order: tuple[str, ...]
    closing: Mapping[Edge, tuple[str, ...]]
    upstream: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        found: dict[str, frozenset[str]] = {}
        for key in self.order:
            needed = [edge.key for edge in self.edges[key] if edge not in self.closing]
            found[key] = frozenset(needed).union(*(found[each] for each in needed))
        object.__setattr__(self, "upstream", found)


def build(body: Body) -> BodyGraph:
    """The graph of a body. Needs that lead nowhere are left out: `check` speaks of them."""
    edges = {
        key: tuple(edge for edge in needs(place) if edge.key in body.by_key and edge.key != key)
        for key, place in body.by_key.items()
    }
    order, closing = _ordered(edges)
    return BodyGraph(body, edges, order, closing)


def needs(place: Place) -> Iterator[Edge]:
    """What an action needs, written or not. What cannot be read is left out."""
    written = place.part.get("needs")
    if written is None:
        if place.before is not None:
            yield Edge(place.before, "", place.path, is_default=True)
        return
    for index, need in enumerate(written[:MAX_NEEDS] if isinstance(written, list) else ()):
        if isinstance(need, str) and NEED.fullmatch(need):
            key, _, port = need.partition(".")
            yield Edge(key, port, f"{place.path}/needs/{index}")


def check(graph: BodyGraph, whole: Outline) -> Iterator[Problem]:
    """Every problem of the needs in one body. `whole` is for what stands in others.

    Codes: unknown_need, unknown_port, missing_port, needs_itself, duplicate_need, circle, unreachable.
    """
    return chain(
        chain.from_iterable(_needs(place, whole) for place in graph.body.places),
        (_circle(edge, members) for edge, members in graph.closing.items()),
        _unreachable(graph),
    )


def _needs(place: Place, whole: Outline) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for edge in needs(place):
        if edge.key == place.key and not edge.is_default:
            yield Problem(edge.path, "needs_itself", f"{place.key!r} needs itself, so it would never start.")
        elif (needed := place.body.by_key.get(edge.key)) is None:
            yield Problem(edge.path, "unknown_need", _not_here(edge.key, place, whole))
        else:
            yield from _port(edge, needed)
            named = (edge.key, edge.port or needed.default_port)
            if named in seen:
                yield Problem(edge.path, "duplicate_need", f"{edge.key!r} is needed twice in the same way.")
            seen.add(named)


def _not_here(key: str, place: Place, whole: Outline) -> str:
    if key not in whole.by_key:
        return f"There is no action {key!r}.{validation.did_you_mean(key, place.body.by_key)}"
    if any(container.key == key for container in outline.enclosing(place.body)):
        return f"This action stands inside {key!r} and starts with it; take the need out."
    other = whole.by_key[key]
    beside = next((each for each in outline.enclosing(place.body) if each.body is other.body), None)
    if beside is not None:
        instead = f"write it in the `needs` of {beside.key!r}, which holds this action"
    else:
        instead = f"need {_beside(other, place).key!r}, which holds it"
    return f"{key!r} {standing(other)}, and needs cannot cross that; {instead}."


def _beside(other: Place, place: Place) -> Place:
    """The outermost container around another action that can still be needed: the one in a body around this place."""
    mine = {place.body, *(each.body for each in outline.enclosing(place.body))}
    return next((each for each in outline.enclosing(other.body) if each.body in mine), other)


def standing(place: Place) -> str:
    """Where an action stands, to go on after its name."""
    container = place.body.container
    return "stands outside" if container is None else f"stands inside {container.key!r}"


def _port(edge: Edge, needed: Place) -> Iterator[Problem]:
    found = outline.type_of(needed.part)
    if found is None or needed.ports is None or edge.port == ERROR:
        return
    if edge.port and edge.port not in needed.ports:
        guess = validation.did_you_mean(edge.port, [*needed.ports, ERROR][:MAX_NEEDS])
        have = _listed([*needed.ports, ERROR])
        yield Problem(edge.path, "unknown_port", f"{edge.key!r} has no port {edge.port!r}; it has {have}.{guess}")
    if not edge.port and len(needed.ports) > 1 and not found.has_default_port:
        example = f"`needs: [{edge.key}.{needed.default_port[:MAX_SHOWN]}]`"
        message = f"Say which port of {edge.key!r} is needed: {_listed(list(needed.ports))}; for example {example}."
        yield Problem(edge.path, "missing_port", message)


def _listed(names: list[str]) -> str:
    return ", ".join(name[:MAX_SHOWN] for name in names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")


def _ordered(edges: Mapping[str, tuple[Edge, ...]]) -> tuple[tuple[str, ...], dict[Edge, tuple[str, ...]]]:
    """The keys, each after those it needs, and the edges that had to be left out for that, with their circles.

    A depth-first search without recursion; an edge that leads back to where the search is underway closes a circle.
    """
    order: list[str] = []
    closing: dict[Edge, tuple[str, ...]] = {}
    done: set[str] = set()
    for start in edges:
        way: dict[str, Iterator[Edge]] = {} if start in done else {start: iter(edges[start])}
        while way:
            key = next(reversed(way))
            edge = next(way[key], None)
            if edge is None:
                del way[key]
                done.add(key)
                order.append(key)
            elif edge.key in way:
                members = list(way)
                closing[edge] = tuple(members[members.index(edge.key) :])
            elif edge.key not in done:
                way[edge.key] = iter(edges[edge.key])
    return tuple(order), closing


def _circle(edge: Edge, members: tuple[str, ...]) -> Problem:
    shown = [*members, members[0]] if len(members) <= MAX_NAMED else [*members[:MAX_NAMED], "...", members[0]]
    text = ", which needs ".join(repr(key) if key != "..." else key for key in shown[1:])
    return Problem(edge.path, "circle", f"None of these can start: {shown[0]!r} needs {text}.")


@dataclass(slots=True)
class _Facts:
    """Ports that must have fired for an action to start, as bits; the fewest that are known for sure."""

    graph: BodyGraph
    bits: dict[tuple[str, str], int] = field(default_factory=dict)
    of_action: dict[str, int] = field(default_factory=dict)
    at_start: dict[str, int] = field(default_factory=dict)
    dead: dict[str, str] = field(default_factory=dict)  # why, by key

    def bit(self, key: str, port: str) -> int:
        if (key, port) not in self.bits:
            self.bits[key, port] = 1 << len(self.bits)
            self.of_action[key] = self.of_action.get(key, 0) | self.bits[key, port]
        return self.bits[key, port]


def _unreachable(graph: BodyGraph) -> Iterator[Problem]:
    """The actions that can never start: what they need ends the run, or is never met, or excludes itself.

    Each port that must have fired is known of every action; of a join of any, those that all its needs have in common.
    """
    facts = _Facts(graph)
    for key in graph.order:
        place = graph.body.by_key[key]
        ways = [_way(edge, facts) for edge in graph.edges[key] if edge not in graph.closing]
        is_any = place.part.get("join") == Join.ANY
        is_unsure = len(ways) < sum(1 for _ in needs(place))  # another need leads nowhere: that is told elsewhere
        why = [way for way in ways if isinstance(way, str)]
        if why and not (is_any and (is_unsure or len(why) < len(ways))):
            facts.dead[key], facts.at_start[key] = why[0], 0
            continue
        known = [way for way in ways if isinstance(way, int)]
        joined = reduce(and_ if is_any else or_, known, known[0] if known else 0)
        facts.at_start[key] = 0 if is_any and is_unsure else joined
        if conflict := _conflict(facts.at_start[key], facts):
            facts.dead[key] = conflict
    for key in graph.body.by_key:
        if key in facts.dead:
            path = graph.body.by_key[key].path
            yield Problem(path, "unreachable", f"{key!r} can never start: {facts.dead[key]}.")


def _way(edge: Edge, facts: _Facts) -> int | str:
    """The ports that must have fired for a need to be met, or why it never is."""
    needed = facts.graph.body.by_key[edge.key]
    if edge.key in facts.dead:
        return f"it needs {edge.key!r}, which can never start"
    if needed.ports == {} and edge.port != ERROR:
        return f"nothing comes after {edge.key!r}; say with `needs` what it is to follow"
    return facts.bit(edge.key, edge.port or needed.default_port) | facts.at_start[edge.key]


def _conflict(fired: int, facts: _Facts) -> str:
    """Why these ports cannot all have fired: an action fires one, or with `allow_failure` its first beside `error`."""
    for key, mask in facts.of_action.items():
        both = fired & mask
        if both.bit_count() < 2:
            continue
        names = [port for (owner, port), bit in facts.bits.items() if owner == key and bit & both]
        needed = facts.graph.body.by_key[key]
        if not (needed.part.get("allow_failure") is True and set(names) == {ERROR, needed.default_port}):
            return f"{key!r} fires only one of {_listed(sorted(names))}; write `join: any` if either will do"
    return ""
