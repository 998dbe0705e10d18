"""What a definition in canonical form names of its workspace and of the installation, each with where it stands.

Read from what people wrote, right or wrong: what cannot be understood is left out, and the check of definitions tells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from actions.base import ActionType
from actions.registry import action_types
from core import pointers
from core.errors import InvalidError
from core.expressions import paths, templates
from core.expressions.templates import TemplateError
from triggers import resolving
from triggers.engine import patterns
from workflows.definitions import outline, references
from workflows.types.base import ControlType

Json = dict[str, Any]


class Kind(StrEnum):
    """What is named."""

    ACTION_TYPE = "action_type"
    TRIGGER_TYPE = "trigger_type"
    CONNECTION = "connection"
    SECRET = "secret"  # noqa: S105  a word
    VARIABLE = "variable"
    EVENT_TYPE = "event_type"
    MESSAGE_TEMPLATE = "message_template"
    CONNECTOR = "connector"
    PATTERN = "pattern"
    WORKFLOW = "workflow"
    ENTITY_TYPE = "entity_type"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Dependency:
    """A name, and the JSON pointer of where it is written. Of a secret or variable that is the text around it.

    `is_optional`: what reads it goes on without it. `connection_kinds` are those that fit, of a connection; none: any.
    """

    kind: Kind
    name: str
    path: str
    is_optional: bool = False
    connection_kinds: frozenset[str] = frozenset()


# Parameters that name something, which no hook of action types tells. Those named so mean the same in every type.
_ANYWHERE = {"entity_type": Kind.ENTITY_TYPE}
_OF_TYPE: Mapping[str, Mapping[str, Kind]] = {
    "send_email": {"template": Kind.MESSAGE_TEMPLATE},
    "connector_request": {"connector": Kind.CONNECTOR},
    "wait_for_event": {"event": Kind.EVENT_TYPE},
}
OF_SCOPE = {"secrets": Kind.SECRET, "vars": Kind.VARIABLE}


def of(definition: Mapping[str, Any]) -> list[Dependency]:
    """All of them, in the order of the document, each place once; optional only where nothing else there needs it."""
    found = [*_triggers(definition.get("triggers")), *_settings(definition.get("settings"))]
    for place in outline.build(definition.get("actions")).places:
        found += _action(place.part, path=place.path)
        if isinstance(undo := place.part.get("undo"), dict):
            found += _action(undo, path=f"{place.path}/undo")
        found += _notifications(place.part.get("notifications"), path=f"{place.path}/notifications")
    found += [*_templates(definition), *_in_conditions(definition)]
    once = dict.fromkeys(found)
    return [each for each in once if not (each.is_optional and replace(each, is_optional=False) in once)]


def condition_places(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The conditions of a definition, with where they stand."""
    yield "/conditions", definition.get("conditions")
    for path, part in _objects(definition.get("triggers"), "/triggers"):
        yield f"{path}/conditions", part.get("conditions")
    for place in outline.build(definition.get("actions")).places:
        yield f"{place.path}/if", place.part.get("if")
        if (found := outline.type_of(place.part)) is not None:
            for pointer, condition in found.conditions(outline.params_of(place.part)).items():
                yield f"{place.path}/params{pointer}", condition


def fields_of(condition: Any, path: str) -> Iterator[tuple[str, list[str], bool]]:
    """The paths that a condition reads by name (`field`): where each is written, its steps, and whether it may lead to
    nothing."""
    waiting = [(path, condition)]
    while waiting:
        where, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(pointers.join(where, index), each) for index, each in enumerate(node)]
        elif isinstance(node, dict):
            waiting += [(pointers.join(where, word), node[word]) for word in ("and", "or", "not") if word in node]
            if isinstance(name := node.get("field"), str):
                try:
                    steps = [str(step) for step in paths.parse(name).steps]
                except InvalidError:
                    continue
                yield f"{where}/field", steps, node.get("operator") in references.OF_ABSENT


def _triggers(written: Any) -> Iterator[Dependency]:
    for path, part in _objects(written, "/triggers"):
        name, params = part.get("type"), part.get("params", {})
        if not isinstance(name, str) or not isinstance(params, dict):
            continue
        found = resolving.find(name)
        if found is None and not params and patterns.is_name(name):
            yield Dependency(Kind.EVENT_TYPE, name, f"{path}/type")
        if found is not None or params:  # what takes parameters is no event type
            yield Dependency(Kind.TRIGGER_TYPE, name, f"{path}/type")
        if isinstance(event := params.get("event"), str) and patterns.is_name(event):
            yield Dependency(Kind.EVENT_TYPE, event, f"{path}/params/event")
        yield from _named_by_trigger(name, params, path)


def _named_by_trigger(name: str, params: Json, path: str) -> Iterator[Dependency]:
    try:
        resolved = resolving.resolve(name, params)
    except InvalidError:
        return
    for pointer, names in resolved.trigger_type.secrets(resolved.params).items():
        for each in names:
            yield Dependency(Kind.SECRET, each, f"{path}/params{pointer}")
    for pointer, each in resolved.trigger_type.event_types(resolved.params).items():
        if pointer not in {"", "/event"} and patterns.is_name(each):
            yield Dependency(Kind.EVENT_TYPE, each, f"{path}/params{pointer}")
    for pointer, each in resolved.trigger_type.patterns(resolved.params).items():
        yield Dependency(Kind.PATTERN, each, f"{path}/params{pointer}")


def _settings(written: Any) -> Iterator[Dependency]:
    if isinstance(written, dict):
        if isinstance(name := written.get("on_failure"), str) and not templates.is_template(name):
            yield Dependency(Kind.WORKFLOW, name, "/settings/on_failure")
        yield from _notifications(written.get("notifications"), path="/settings/notifications")


def _notifications(written: Any, *, path: str) -> Iterator[Dependency]:
    kinds = {"channel": Kind.CHANNEL, "template": Kind.MESSAGE_TEMPLATE, "connection": Kind.CONNECTION}
    for where, part in _objects(written, path):
        for name, kind in kinds.items():
            if _is_plain(value := part.get(name)):
                yield Dependency(kind, str(value), f"{where}/{name}")


def _action(part: Mapping[str, Any], *, path: str) -> Iterator[Dependency]:
    name = part.get("type")
    if not isinstance(name, str):
        return
    yield Dependency(Kind.ACTION_TYPE, name, f"{path}/type")
    if (found := action_types.find(name)) is not None:
        yield from _params(found, outline.params_of(part), path=f"{path}/params")


def _params(found: ActionType[Any], params: Mapping[str, Any], *, path: str) -> Iterator[Dependency]:
    named = {**_ANYWHERE, **dict.fromkeys(found.connection_params, Kind.CONNECTION), **_OF_TYPE.get(found.key, {})}
    for name, kind in named.items():
        if _is_plain(value := params.get(name)):
            kinds = found.connection_params[name] if kind is Kind.CONNECTION else frozenset[str]()
            yield Dependency(kind, str(value), f"{path}/{name}", connection_kinds=kinds)
    for event_type in found.emits(params):
        where = next((name for name in ("type", "event") if params.get(name) == event_type), None)
        if where and patterns.is_name(event_type):
            yield Dependency(Kind.EVENT_TYPE, event_type, f"{path}/{where}")
    if isinstance(found, ControlType):
        for pointer, name in found.starts(params).items():
            yield Dependency(Kind.WORKFLOW, name, f"{path}{pointer}")
    for inner in found.performs(params):
        yield Dependency(Kind.ACTION_TYPE, inner.type, f"{path}{inner.path}/type")
        if (tool := action_types.find(inner.type)) is not None:
            yield from _params(tool, inner.params, path=f"{path}{inner.path}/params")


def _templates(definition: Mapping[str, Any]) -> Iterator[Dependency]:
    try:
        read = templates.references_in(definition)
    except TemplateError:  # too deep, which the check says
        return
    for each in read:
        if each.path.root in OF_SCOPE and len(each.path.steps) > 1:
            yield Dependency(OF_SCOPE[each.path.root], str(each.path.steps[1]), each.pointer, each.is_optional)


def _in_conditions(definition: Mapping[str, Any]) -> Iterator[Dependency]:
    for path, condition in condition_places(definition):
        for where, steps, is_optional in fields_of(condition, path):
            if steps[0] in OF_SCOPE and len(steps) > 1:
                yield Dependency(OF_SCOPE[steps[0]], steps[1], where, is_optional)


def _objects(items: Any, path: str) -> Iterator[tuple[str, Json]]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield pointers.join(path, index), item


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value != "" and not templates.is_template(value)
