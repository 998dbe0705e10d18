"""What a workflow made of a template needs of its workspace, and whether it is there.

Read off the definition, so it cannot say anything else: connections that actions name, secrets and variables in
templates of texts, other workflows, action types, and the events that start it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q

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


def _connections(template: Template, definition: Json, values: Mapping[str, Any], has: _Has) -> Iterator[Requirement]:
    asked = _asked(template, values, Kind.CONNECTION)
    for place in outline.build(definition.get("actions")).places:
        action_type = outline.type_of(place.part)
        for name, kinds in (action_type.connection_params if action_type else {}).items():
            written = outline.params_of(place.part).get(name)
            if not isinstance(written, str) or not written or texts.is_template(written):
                continue
            still_open = filling.place_of(written)
            parameter, known = still_open or asked.get(written, ""), "" if still_open else written
            fit = (template.parameters[parameter].connection_kinds if parameter else frozenset()) or kinds
            is_met = has.connection(known, fit)
            yield Requirement(Needed.CONNECTION, known, parameter, tuple(sorted(fit)), is_met)


def _names(template: Template, definition: Json, values: Mapping[str, Any], has: _Has) -> Iterator[Requirement]:
    asked = _asked(template, values, Kind.SECRET)
    for name in sorted({*_secrets(definition)}):
        yield Requirement(Needed.SECRET, name, asked.get(name, ""), (), name in has.secrets)
    for name, each in template.parameters.items():
        value = values.get(name)
        if value is None and each.is_required and each.kind == Kind.SECRET:
            yield Requirement(Needed.SECRET, "", name, (), bool(has.secrets))
        elif each.kind == Kind.WORKFLOW and (value is not None or each.is_required):
            yield Requirement(Needed.WORKFLOW, value or "", name, (), _has_workflow(value))
    steps = [(list(map(str, each.path.steps)), each.is_optional) for each in texts.references_in(definition)]
    read = {name[1] for name, is_optional in steps if name[0] == "vars" and len(name) > 1 and not is_optional}
    for name in sorted(read):
        yield Requirement(Needed.VARIABLE, name, "", (), name in has.variables)


def _asked(template: Template, values: Mapping[str, Any], kind: Kind) -> dict[str, str]:
    """The parameters of this kind by the values that they have."""
    names = (name for name, each in template.parameters.items() if each.kind == kind)
    return {str(values[name]): name for name in names if values.get(name) is not None}


def _has_workflow(name: str | None) -> bool:
    rows = Workflow.objects.all()
    return (rows if name is None else rows.filter(Q(name__iexact=name) | Q(slug=name))).exists()


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
