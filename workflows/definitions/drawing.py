"""The nodes and edges of a definition, for `react_flow`."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core import pointers
from workflows.definitions import graphs, outline
from workflows.definitions.naming import Namer
from workflows.definitions.outline import Body, Outline, Place

Json = dict[str, Any]
Position = dict[str, float]

TRIGGER = "trigger:"  # no id of an action has a colon
LAYER_PIXELS = 280
ROW_PIXELS = 140
MARGIN_PIXELS = 40


def draw(definition: Mapping[str, Any], *, positions: Mapping[str, Position]) -> tuple[list[Json], list[Json]]:
    """The nodes, parents before their children, and the edges. What is no trigger and no action is left out."""
    triggers = _triggers(definition.get("triggers"))
    whole = outline.build(definition.get("actions"))
    placed = {**_in_layers(whole, is_started=bool(triggers)), **_in_column(triggers), **positions}
    nodes = [_trigger(key, part) for key, part in triggers.items()]
    nodes += [_action(place, whole) for place in whole.places]
    for node in nodes:
        node["position"] = dict(placed.get(node["id"]) or _position(0, 0))
    return nodes, [*_edges(triggers, whole)]


def branch_of(pointer: str) -> str | None:
    """The name of a list of nested actions, given where it stands below the parameters; None if it is the only one."""
    _, *name = pointers.split(pointer)
    return "/".join(name) or None


def position_of(written: Any) -> Position | None:
    """The position that is written, None if it is none."""
    if not isinstance(written, dict):
        return None
    found: Position = {axis: written[axis] for axis in ("x", "y") if _is_coordinate(written.get(axis))}
    return found if len(found) == 2 else None


def _is_coordinate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _triggers(written: Any) -> dict[str, Json]:
    """The triggers by the ids of their nodes."""
    parts = [part for part in written if isinstance(part, dict)] if isinstance(written, list) else []
    return {f"{TRIGGER}{part.get('id', number)}": part for number, part in enumerate(parts, start=1)}


def _trigger(key: str, part: Json) -> Json:
    data = {"kind": "trigger", **{name: value for name, value in part.items() if name != "id"}}
    return {"id": key, "type": "trigger", "position": {}, "data": data}


def _action(place: Place, whole: Outline) -> Json:
    data = {name: value for name, value in place.part.items() if name != "id"}
    if place not in whole.too_deep:
        lists: Json = {pointer: [] for pointer, each in outline.bodies_of(place.part).items() if isinstance(each, list)}
        data |= {"params": pointers.replaced(place.part["params"], lists)} if lists else {}
    node: Json = {"id": _node_id(place), "type": "action", "position": {}, "data": data}
    if place.body.container is not None:
        node["parentId"] = _node_id(place.body.container)
        pointer = place.path.removeprefix(f"{place.body.container.path}/params").rpartition("/")[0]
        if (branch := branch_of(pointer)) is not None:
            data["branch"] = branch
    return node


def _node_id(place: Place) -> str:
    return place.key if place.key is not None else place.path


def _edges(triggers: Iterable[str], whole: Outline) -> Iterator[Json]:
    """An edge for each need of an action that is there, and from each trigger to what starts at once."""
    namer = Namer(())
    for place in whole.places:
        needs = list(graphs.needs(place))
        for need in needs:
            if need.key in whole.by_key:
                yield _edge(namer, need.key, _node_id(place), port=need.port)
        if not needs and place.body.container is None:
            for trigger in triggers:
                yield _edge(namer, trigger, _node_id(place))


def _edge(namer: Namer, source: str, target: str, *, port: str = "") -> Json:
    key = namer.name(f"{source}.{port}>{target}" if port else f"{source}>{target}")
    return {"id": key, "source": source, "target": target, **({"sourceHandle": port} if port else {})}


def _in_layers(whole: Outline, *, is_started: bool) -> dict[str, Position]:
    """Each action right of those that it needs; those that could stand in the same place, below each other."""
    found: dict[str, Position] = {}
    for body in whole.bodies:
        rows: Counter[int] = Counter()
        layers = _layers(body, first=int(is_started and body.container is None))
        for key in body.by_key:
            found[key] = _position(layers[key], rows[layers[key]])
            rows[layers[key]] += 1
    return found


def _layers(body: Body, *, first: int) -> dict[str, int]:
    graph = graphs.build(body)
    layers: dict[str, int] = {}
    for key in graph.order:
        needed = [layers[edge.key] for edge in graph.edges[key] if edge not in graph.closing]
        layers[key] = max(needed) + 1 if needed else first
    return layers


def _in_column(keys: Iterable[str]) -> dict[str, Position]:
    return {key: _position(0, row) for row, key in enumerate(keys)}


def _position(layer: int, row: int) -> Position:
    return {"x": MARGIN_PIXELS + layer * LAYER_PIXELS, "y": MARGIN_PIXELS + row * ROW_PIXELS}
