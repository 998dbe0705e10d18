"""A definition as React Flow draws it, and back: `{nodes, edges}` beside name, description, settings and conditions.

1. A trigger is a node of the type `trigger`, or with `data.kind: trigger`; on export its id begins with `trigger:`,
   since an action may have the same one. Its edges lead to the actions that start at once.
2. An action is a node with its id, and all its other parts in `data`. An edge is a need, its `sourceHandle` the port.
3. Nested actions are nodes with the `parentId` of their container; `data.branch` says which of its lists they stand in.
4. Edges decide about needs. `data.needs` only tells needs that were written out from those that follow from the order,
   and keeps what an edge cannot show: a need of an action that is not there.
5. Positions are no part of a definition: `layout` gives them.
6. Ids that no action can have, such as `node-1` or `2`, become ones that it can: `node_1`, `action_2`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.registry import action_types
from core import pointers, validation
from core.errors import InvalidError, Problem
from workflows.definitions import drawing, outline
from workflows.definitions.document import NAME
from workflows.definitions.drawing import TRIGGER, Position
from workflows.definitions.naming import Namer, identifier
from workflows.types.base import ControlType

Json = dict[str, Any]

MAX_NODES = 1000
MAX_EDGES = 20_000
_DRAWN = frozenset(
    {"id", "branch", "kind", "label", "needs"}
)  # in a node's data, what is no part of an action as it is


@dataclass(slots=True)
class _Node:
    """A node as it was read; `needs` are those that its edges say, `children` the nodes in each list of its body."""

    index: int
    key: str
    data: Json
    is_trigger: bool
    parent: str | None
    needs: list[str] = field(default_factory=list)
    children: dict[str, list["_Node"]] = field(default_factory=dict)


def is_graph(document: Mapping[str, Any]) -> bool:
    """Whether a document says with nodes what others say with actions."""
    return "nodes" in document and "actions" not in document


def to_graph(definition: Mapping[str, Any], *, positions: Mapping[str, Position] | None = None) -> Json:
    """The nodes and edges of a definition in canonical form, beside its other parts but triggers and actions.

    **Shape**: {"nodes": [{"id", "type": "trigger" | "action", "position": {"x", "y"}, "data": {...}, "parentId"?}],
    "edges": [{"id", "source", "target", "sourceHandle"?}], ...}. Nodes stand where `positions` say, by id, the others
    in layers from left to right; those with a parent relative to it. `from_graph` gives back the same definition.
    A graph that could not be read, and was therefore stored as it was drawn, stays as it is.
    """
    if is_graph(definition):
        return dict(definition)
    nodes, edges = drawing.draw(definition, positions=positions or {})
    others = {key: value for key, value in definition.items() if key not in {"triggers", "actions"}}
    return {**others, "nodes": nodes, "edges": edges}


def from_graph(document: Mapping[str, Any]) -> Json:
    """The definition that a graph draws, its triggers after those that are written beside it.

    What is wrong with an action or a need itself is left for the check of definitions. Raises `InvalidError` with every
    problem of the drawing, such as an edge that leads nowhere; pointers are into the graph.
    """
    problems: list[Problem] = []
    nodes = _nodes(document.get("nodes"), problems)
    _connect(document.get("edges"), nodes, problems)
    top = _nested(nodes, problems)
    if problems:
        raise InvalidError("The graph cannot be read.", problems=problems)
    result = {key: value for key, value in document.items() if key not in {"nodes", "edges"}}
    triggers = [{"id": node.key, **_plain(node.data)} for node in nodes.values() if node.is_trigger]
    beside = result.get("triggers", [])
    if triggers and isinstance(beside, list):
        result["triggers"] = [*beside, *triggers]
    result["actions"] = _actions(top, frozenset(node.key for node in nodes.values() if not node.is_trigger))
    return result


def layout(document: Mapping[str, Any]) -> dict[str, Position]:
    """Where the nodes of a graph stand, by the id that they have on export; without those that stand nowhere.

    **Shape**: {node id: {"x": number, "y": number}}. Empty for a document that is no graph.
    """
    nodes = document.get("nodes") if is_graph(document) else None
    listed = nodes[:MAX_NODES] if isinstance(nodes, list) else ()
    known = [node for node in listed if isinstance(node, dict) and isinstance(node.get("id"), str)]
    keys = _action_ids(node["id"] for node in known if not _is_trigger(node))
    found = {}
    for node in known:
        position = drawing.position_of(node.get("position"))
        if position is not None:
            key = node["id"]
            found[f"{TRIGGER}{key.removeprefix(TRIGGER)}" if _is_trigger(node) else keys[key]] = position
    return found


def kept(positions: Mapping[str, Position], definition: Mapping[str, Any]) -> dict[str, Position]:
    """Those of the positions whose nodes a definition in canonical form still has."""
    nodes, _ = drawing.draw(definition, positions={}) if positions else ([], [])
    there = {node["id"] for node in nodes}
    return {key: position for key, position in positions.items() if key in there}


def _is_trigger(node: Json) -> bool:
    data = node.get("data")
    return node.get("type") == "trigger" or (isinstance(data, dict) and data.get("kind") == "trigger")


def _nodes(written: Any, problems: list[Problem]) -> dict[str, _Node]:
    """The nodes by their id in the graph."""
    found: dict[str, _Node] = {}
    for path, node in _listed(written, "/nodes", problems, at_most=MAX_NODES):
        key, data = node.get("id"), node.get("data", {})
        if not isinstance(key, str) or not key:
            problems.append(Problem(f"{path}/id", "missing", "A node needs an id, as text."))
        elif not isinstance(data, dict):
            problems.append(Problem(f"{path}/data", "invalid", "Expected an object: {type, params, ...}."))
        elif key in found:
            problems.append(Problem(f"{path}/id", "duplicate_id", f"Another node has the id {key[:100]!r}."))
        else:
            found[key] = _node(node, key, data, index=int(path.rpartition("/")[2]))
    keys = _action_ids(key for key, node in found.items() if not node.is_trigger)
    for key, action_id in keys.items():
        found[key].key = action_id
    return found


def _action_ids(node_ids: Iterable[str]) -> dict[str, str]:
    """The action ids of nodes by their own (6)."""
    ids = [*dict.fromkeys(node_ids)]
    namer = Namer(each for each in ids if re.fullmatch(NAME, each))
    return {each: each if re.fullmatch(NAME, each) else namer.name(identifier(each)) for each in ids}


def _node(node: Json, key: str, data: Json, *, index: int) -> _Node:
    if "type" not in data and isinstance(node.get("type"), str) and node["type"] in action_types:
        data = {"type": node["type"], **data}
    parent = node.get("parentId", node.get("parentNode"))  # the name before React Flow 12
    if is_trigger := _is_trigger(node):
        key = key.removeprefix(TRIGGER)
    return _Node(index, key, data, is_trigger, parent if isinstance(parent, str) else None)


def _connect(written: Any, nodes: Mapping[str, _Node], problems: list[Problem]) -> None:
    """Add what the edges say to the needs of the nodes they lead to."""
    for path, edge in _listed([] if written is None else written, "/edges", problems, at_most=MAX_EDGES):
        ends = {end: _end(edge, end, nodes) for end in ("source", "target")}
        for end, node in ends.items():
            if node is None:
                problems.append(Problem(f"{path}/{end}", "unknown_node", _no_node(edge.get(end), nodes)))
        source, target, port = ends["source"], ends["target"], edge.get("sourceHandle")
        if source is None or target is None:
            continue
        if target.is_trigger:
            problems.append(Problem(f"{path}/target", "invalid", "Nothing leads to a trigger; it starts the workflow."))
        elif port is not None and not isinstance(port, str):
            problems.append(Problem(f"{path}/sourceHandle", "invalid", "Expected the name of a port, as text."))
        elif not source.is_trigger:
            target.needs.append(f"{source.key}.{port}" if port else source.key)


def _no_node(key: Any, nodes: Mapping[str, _Node]) -> str:
    if not isinstance(key, str):
        return "Expected the id of a node, as text."
    guess = validation.did_you_mean(key, nodes) if len(nodes) <= MAX_NODES else ""
    return f"There is no node {key[:100]!r}.{guess}"


def _end(edge: Json, end: str, nodes: Mapping[str, _Node]) -> _Node | None:
    return nodes.get(edge[end]) if isinstance(edge.get(end), str) else None


def _nested(nodes: Mapping[str, _Node], problems: list[Problem]) -> list[_Node]:
    """Put the nodes into their parents; the actions that have none."""
    top: list[_Node] = []
    lists: dict[str, _Lists] = {}
    for node in nodes.values():
        if node.is_trigger:
            continue
        if node.parent is None:
            top.append(node)
            continue
        path, parent = f"/nodes/{node.index}/parentId", nodes.get(node.parent)
        if _is_nested_without_end(node, nodes):
            problems.append(Problem(path, "too_deep", "Nodes are nested too deeply, or in a circle."))
            continue
        if parent is not None and node.parent not in lists:
            lists[node.parent] = _Lists(parent)
        pointer = lists[node.parent].find(node.data.get("branch")) if parent is not None else None
        if parent is None or pointer is None:
            message = (
                "The parent of a node is one that holds actions, such as a loop; `data.branch` says in which list."
            )
            if parent is None:
                message = _no_node(node.parent, nodes)
            problems.append(Problem(path, "invalid_parent", message))
        else:
            parent.children.setdefault(pointer, []).append(node)
    return top


def _is_nested_without_end(node: _Node, nodes: Mapping[str, _Node]) -> bool:
    """Whether more parents are around a node than are read; in a circle they would never end."""
    parent = node.parent
    for _ in range(2 * outline.MAX_DEPTH):
        above = nodes.get(parent) if parent is not None else None
        if above is None:
            return False
        parent = above.parent
    return True


class _Lists:
    """Where in the parameters of a container the lists of its actions stand: JSON pointers, by branch."""

    def __init__(self, container: _Node) -> None:
        found = outline.type_of(container.data)
        self._type = None if container.is_trigger or not isinstance(found, ControlType) else found
        self._params = container.data.get("params", {})
        self._known: dict[str | None, str | None] = {
            drawing.branch_of(pointer): pointer for pointer in outline.bodies_of(container.data)
        }

    def find(self, branch: Any) -> str | None:
        """The list of a branch, there already or to be made; None where no actions can stand."""
        if self._type is None or not isinstance(branch, str | None):
            return None
        if branch not in self._known:
            name = [] if branch is None else [branch]
            places = [pointers.join("", parameter, *name) for parameter in sorted(self._type.as_written)]
            self._known[branch] = next((place for place in places if self._can_be_made(self._type, place)), None)
        return self._known[branch]

    def _can_be_made(self, container: ControlType[Any], pointer: str) -> bool:
        """Whether the type would read a list at this place as actions."""
        params = pointers.replaced(self._params, {pointer: []})
        return isinstance(params, dict) and pointer in container.bodies(params)


def _actions(nodes: list[_Node], keys: frozenset[str]) -> list[Json]:
    result: list[Json] = []
    before: str | None = None
    for node in nodes:
        part = {"id": node.key, **_plain(node.data)}
        needs = _needs(node, before, keys)
        if needs is not None:
            part["needs"] = needs
        if node.children:
            lists = {pointer: _actions(children, keys) for pointer, children in node.children.items()}
            part["params"] = pointers.replaced(part.get("params", {}), lists)
        before = node.key
        result.append(part)
    return result


def _needs(node: _Node, before: str | None, keys: frozenset[str]) -> Any:
    """What stands in `needs`, None for nothing (4)."""
    if "needs" not in node.data:
        default = [] if before is None else [before]
        return None if node.needs == default else node.needs
    written = node.data["needs"]
    if not isinstance(written, list) or not all(isinstance(need, str) for need in written):
        return node.needs or written
    drawn = [*node.needs, *(need for need in written if need.partition(".")[0] not in keys)]
    return written if sorted(drawn) == sorted(written) else drawn


def _plain(data: Json) -> Json:
    result = {key: value for key, value in data.items() if key not in _DRAWN}
    if isinstance(data.get("label"), str) and "title" not in result:
        result["title"] = data["label"]
    return result


def _listed(written: Any, path: str, problems: list[Problem], *, at_most: int) -> Iterator[tuple[str, Json]]:
    """The objects in a list, each with its place."""
    if not isinstance(written, list):
        problems.append(Problem(path, "invalid", "Expected a list."))
    elif len(written) > at_most:
        problems.append(Problem(path, "too_many", f"There are {len(written):,}; at most {at_most:,} are accepted."))
    else:
        for index, item in enumerate(written):
            if isinstance(item, dict):
                yield f"{path}/{index}", item
            else:
                problems.append(Problem(f"{path}/{index}", "invalid", "Expected an object."))
