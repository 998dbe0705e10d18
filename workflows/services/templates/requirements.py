"""What a workflow made of a template needs of its workspace, and whether it is there.

Read off the definition, so it cannot say anything else: connections that actions name, secrets and variables in
templates of texts, other workflows, action types, and the events that start it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Q

from actions.models import Connection
from actions.registry import action_types
from core import tenancy
from core.models import Workspace
from core.services import secrets
from triggers.selectors import event_types
from workflows.definitions import dependencies
from workflows.definitions.dependencies import Dependency
from workflows.models import Workflow
from workflows.services.templates import filling, parameter
from workflows.services.templates.template import Template


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
    found = [each for each in dependencies.of(template.filled(values)) if _is_needed(each)]
    reading = _Reading(template, values)
    needed = {*(reading.requirement(each) for each in found), *reading.unnamed_secrets()}
    return sorted(needed, key=lambda each: (_ORDER.index(each.kind), each.name, each.parameter))


_ORDER = tuple(Needed)
_PARAMETERS = {
    Needed.CONNECTION: parameter.Kind.CONNECTION,
    Needed.SECRET: parameter.Kind.SECRET,
    Needed.WORKFLOW: parameter.Kind.WORKFLOW,
}


def _is_needed(each: Dependency) -> bool:
    """Of types of events those are that it waits for from the start, of types of actions those that nothing brings."""
    if each.kind is dependencies.Kind.EVENT_TYPE:
        return each.path.startswith("/triggers/")
    if each.kind is dependencies.Kind.ACTION_TYPE:
        return action_types.find(each.name) is None
    return each.kind in {*Needed} and not each.is_optional


class _Reading:
    """What is named, by which parameter, and whether the workspace has it."""

    def __init__(self, template: Template, values: Mapping[str, Any]) -> None:
        self._parameters, self._values = template.parameters, values

    def requirement(self, each: Dependency) -> Requirement:
        kind = Needed(each.kind)
        place = filling.place_of(each.name)
        name = "" if place else each.name
        asked = place or self._parameter_of(kind, name)
        fit = (self._parameters[asked].connection_kinds if asked else frozenset()) or each.connection_kinds
        return Requirement(kind, name, asked, tuple(sorted(fit)), self._has(kind, name, fit))

    def unnamed_secrets(self) -> Iterator[Requirement]:
        """Those whose parameter has no value: their places stand in expressions, where nothing is read before."""
        for name, each in self._parameters.items():
            if each.is_required and each.kind is parameter.Kind.SECRET and self._values.get(name) is None:
                yield Requirement(Needed.SECRET, "", name, (), self._has(Needed.SECRET, "", frozenset()))

    def _parameter_of(self, kind: Needed, value: str) -> str:
        names = (name for name, each in self._parameters.items() if each.kind is _PARAMETERS.get(kind))
        return next((name for name in names if self._values.get(name) == value), "")

    def _has(self, kind: Needed, name: str, fit: frozenset[str]) -> bool:
        if kind is Needed.CONNECTION:
            kinds = self._connections.values() if not name else filter(None, [self._connections.get(name)])
            return any(not fit or each in fit for each in kinds)
        if kind is Needed.SECRET:
            return name in self._secrets if name else bool(self._secrets)
        if kind is Needed.WORKFLOW:
            rows = Workflow.objects.all()
            return (rows.filter(Q(name__iexact=name) | Q(slug=name)) if name else rows).exists()
        if kind is Needed.VARIABLE:
            return name in self._variables
        return kind is Needed.EVENT_TYPE and event_types.find(name) is not None

    @cached_property
    def _connections(self) -> Mapping[str, str]:
        return dict(Connection.objects.values_list("name", "kind"))

    @cached_property
    def _secrets(self) -> frozenset[str]:
        return secrets.names()

    @cached_property
    def _variables(self) -> frozenset[str]:
        return frozenset(Workspace.objects.get(pk=tenancy.current_workspace_id()).variables)
