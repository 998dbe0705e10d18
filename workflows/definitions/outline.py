"""The actions of a document as they stand in it, nested ones included, before anything is known to be right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.base import ActionType
from actions.registry import action_types
from workflows.engine.graph import DONE
from workflows.types.base import ControlType

Json = dict[str, Any]

MAX_DEPTH = 5  # of bodies within bodies
MAX_KEY_CHARACTERS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where an action stands: `path` is its JSON pointer, `before` the id of the one before it in the same list.

    `key` is its id, None when that can be none. `ports` are those that it can fire, `error` aside, the one meant by
    default first; None when its type is unknown.
    """

    path: str
    part: Json
    body: "Body" = field(repr=False)
    key: str | None
    before: str | None
    ports: dict[str, None] | None = field(repr=False)

    @property
    def has_for_each(self) -> bool:
        return self.part.get("for_each") is not None

    @property
    def default_port(self) -> str:
        return next(iter(self.ports or ()), DONE)


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The actions that may need each other: those of the workflow, or of all lists in one container.

    `depth` counts the containers around it, `loops` those of them with a `for_each`.
    """

    container: Place | None
    depth: int = 0
    loops: int = 0
    places: list[Place] = field(default_factory=list)
    by_key: dict[str, Place] = field(default_factory=dict)  # of two with the same id, the first


@dataclass(frozen=True, slots=True)
class Outline:
    """All bodies and all places, each in the order of the document; `too_deep` are the places of bodies left out."""

    bodies: list[Body] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    too_deep: list[Place] = field(default_factory=list)
    by_key: dict[str, Place] = field(default_factory=dict)


def build(actions: Any) -> Outline:
    """The outline of a document's actions. What is no action is left out, and so are bodies nested too deeply."""
    outline = Outline()
    top = Body(None)
    outline.bodies.append(top)
    _add(actions, path="/actions", body=top, outline=outline)
    return outline


def type_of(part: Mapping[str, Any]) -> ActionType[Any] | None:
    """The type of an action, None when there is none of that name."""
    name = part.get("type")
    return action_types.find(name) if isinstance(name, str) else None


def bodies_of(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands where an action has nested lists of actions, by JSON pointer below its parameters."""
    found = type_of(part)
    return found.bodies(params_of(part)) if isinstance(found, ControlType) else {}


def params_of(part: Mapping[str, Any]) -> Json:
    """The parameters of an action; none when they are no object."""
    params = part.get("params")
    return params if isinstance(params, dict) else {}


def enclosing(body: Body) -> Iterator[Place]:
    """The containers around a body, the nearest first."""
    container = body.container
    while container is not None:
        yield container
        container = container.body.container


def _add(actions: Any, *, path: str, body: Body, outline: Outline) -> None:
    before: str | None = None
    for index, part in enumerate(actions if isinstance(actions, list) else ()):
        if not isinstance(part, dict):
            continue
        place = Place(f"{path}/{index}", part, body, key=_key(part), before=before, ports=_ports(part))
        before = place.key
        outline.places.append(place)
        body.places.append(place)
        if place.key is not None:
            body.by_key.setdefault(place.key, place)
            outline.by_key.setdefault(place.key, place)
        _add_bodies(place, outline=outline)


def _key(part: Json) -> str | None:
    key = part.get("id")
    return key if isinstance(key, str) and len(key) <= MAX_KEY_CHARACTERS else None


def _ports(part: Json) -> dict[str, None] | None:
    """One with `for_each` has ended when all its items have, and then fires `done`, whatever ports its items fired."""
    found = type_of(part)
    if found is None:
        return None
    return dict.fromkeys((DONE,) if part.get("for_each") is not None else found.ports(params_of(part)))


def _add_bodies(place: Place, *, outline: Outline) -> None:
    lists = bodies_of(place.part)
    if not lists:
        return
    if place.body.depth == MAX_DEPTH:
        outline.too_deep.append(place)
        return
    body = Body(place, place.body.depth + 1, place.body.loops + place.has_for_each)
    outline.bodies.append(body)
    for pointer, actions in lists.items():
        _add(actions, path=f"{place.path}/params{pointer}", body=body, outline=outline)
