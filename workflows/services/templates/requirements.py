"""What a workflow made of a template needs of its workspace, and whether it is there.

Read off the definition, so it cannot say anything else: connections that actions name, secrets and variables in
templates of texts, other workflows, action types, and the events that start it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from actions.models import Connection
from actions.registry import action_types
from core import tenancy
from core.errors import InvalidError
from core.expressions import templates as texts
from core.models import Workspace
from core.services import secrets
from triggers import resolving
from triggers.engine import patterns
from triggers.selectors import event_types
from workflows.definitions import outline
from workflows.models import Workflow
from workflows.services.templates import filling
from workflows.services.templates.parameter import IDENTIFIER, Kind
from workflows.services.templates.template import Template

Json = dict[str, Any]


class Needed(StrEnum):
    """Kinds of what is needed."""

    CONNECTION = "connection"
    SECRET = "secret"  # noqa: S105  the kind
    VARIABLE = "variable"
    WORKFLOW = "workflow"
    ACTION_TYPE = "action_type"
    EVENT_TYPE = "event_type"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that is needed. `name` is empty while the `parameter` that says it has no value: then it is met where
    the workspace has any that fits. `connection_kinds` are those that fit, of a connection.

    An event type is met when somebody registered it or such an event came: any other would start the workflow as well,
    once something sends it.
    """

    kind: Needed
    name: str
    parameter: str
    connection_kinds: tuple[str, ...]
    is_met: bool


def of(template: Template, values: Mapping[str, Any]) -> list[Requirement]:
    """What the template needs with these values, in the workspace in scope; those that are missing may not be given."""
    definition = template.filled(values)
    has = _Has()
    found = [
        *_connections(template, definition, values, has),
        *_names(template, definition, values, has),
        *_types(definition),
        *_events(definition),
    ]
    return [*dict.fromkeys(found)]


class _Has:
    """What the workspace has."""

    def __init__(self) -> None:
        self.connections = dict(Connection.objects.values_list("name", "kind"))
        self.secrets = secrets.names()
        self.variables = frozenset(Workspace.objects.get(pk=tenancy.current_workspace_id()).variables)

    def connection(self, name: str, kinds: frozenset[str]) -> bool:
        if name:
            return name in self.connections and (not kinds or self.connections[name] in kinds)
        return any(not kinds or kind in kinds for kind in self.connections.values())


def _connections(
    template: Template, definition: Json, values: Mapping[str, Any], has: _Has
) -> Iterator[Requirement]:  # fmt: skip
    asked = {str(values[name]): name for name, each in template.parameters.items()
             if each.kind == Kind.CONNECTION and values.get(name)}  # fmt: skip
    for place in outline.build(definition.get("actions")).places:
        action_type = outline.type_of(place.part)
        for name, kinds in (action_type.connection_params if action_type else {}).items():
            written = outline.params_of(place.part).get(name)
            if not isinstance(written, str) or not written or texts.is_template(written):
                continue
            parameter = filling.place_of(written)
            known = "" if parameter else written
            kinds = template.parameters[parameter].connection_kinds or kinds if parameter else kinds
            yield Requirement(
                Needed.CONNECTION, known, parameter or asked.get(written, ""), tuple(sorted(kinds)),
                has.connection(known, kinds),
            )  # fmt: skip


def _names(template: Template, definition: Json, values: Mapping[str, Any], has: _Has) -> Iterator[Requirement]:
    asked = {str(values[name]): name for name, each in template.parameters.items()
             if each.kind in {Kind.SECRET, Kind.WORKFLOW} and values.get(name)}  # fmt: skip
    for name in sorted(_secrets(definition)):
        yield Requirement(Needed.SECRET, name, asked.get(name, ""), (), name in has.secrets)
    for name, each in template.parameters.items():
        if values.get(name) is None and each.is_required and each.kind == Kind.SECRET:
            yield Requirement(Needed.SECRET, "", name, (), bool(has.secrets))
        elif each.kind == Kind.WORKFLOW and (values.get(name) or each.is_required):
            rows = Workflow.objects.all()
            found = (
                rows.filter(name__iexact=values[name]) | rows.filter(slug=values[name]) if values.get(name) else rows
            )
            yield Requirement(Needed.WORKFLOW, str(values.get(name) or ""), name, (), found.exists())
    read = {str(each.path.steps[1]) for each in texts.references_in(definition)
            if str(each.path.steps[0]) == "vars" and len(each.path.steps) > 1 and not each.is_optional}  # fmt: skip
    for name in sorted(read):
        yield Requirement(Needed.VARIABLE, name, "", (), name in has.variables)


def _secrets(definition: Json) -> Iterator[str]:
    for each in dict.fromkeys(texts.references_in(definition)):
        if str(each.path.steps[0]) == "secrets" and len(each.path.steps) > 1:
            yield str(each.path.steps[1])
    for resolved in _resolved(definition):
        for names in resolved.trigger_type.secrets(resolved.params).values():
            yield from (name for name in names if re.fullmatch(IDENTIFIER, name))


def _types(definition: Json) -> Iterator[Requirement]:
    for place in outline.build(definition.get("actions")).places:
        name = place.part.get("type")
        if isinstance(name, str) and action_types.find(name) is None:
            yield Requirement(Needed.ACTION_TYPE, name, "", (), is_met=False)


def _events(definition: Json) -> Iterator[Requirement]:
    for resolved in _resolved(definition):
        name = resolved.event_type
        if resolved.trigger_type.key == resolving.DEFAULT and patterns.is_name(name):
            yield Requirement(Needed.EVENT_TYPE, name, "", (), event_types.find(name) is not None)


def _resolved(definition: Json) -> Iterator[resolving.Resolved]:
    for part in definition.get("triggers") or ():
        try:
            yield resolving.resolve(part["type"], part.get("params", {}))
        except InvalidError:
            continue  # a place that has no value yet
