"""Which of the things that a definition names the workspace in scope does not have, and what to do about each."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from actions import messages
from actions.channels.registry import channels
from actions.connectors import stored
from actions.entities.registry import entities
from actions.models import Connection
from actions.registry import action_types
from core import action_roles
from core.models import Role
from triggers import resolving
from triggers.models import EventType
from workflows.definitions import dependencies
from workflows.definitions.dependencies import Dependency, Kind
from workflows.definitions.references import Known
from workflows.models import Workflow
from workflows.selectors import workflows as selectors

ACTION_ROLE, CONNECTION_SECRETS = "action_role", "connection_secrets"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not there. `is_blocking`: a definition that names it cannot be published so, or cannot work."""

    kind: str
    name: str
    path: str
    message: str
    is_blocking: bool = True


@dataclass(frozen=True)
class Here:
    """What there is in the workspace in scope for somebody with a role, read once, when it is first asked for."""

    role: Role

    @cached_property
    def known(self) -> Known:
        return selectors.known(Workflow(), role=self.role)

    @cached_property
    def connections(self) -> Mapping[str, bool]:
        """Whether each connection waits for its secrets, by name."""
        return dict(Connection.objects.values_list("name", "needs_authorization"))

    @cached_property
    def event_types(self) -> frozenset[str]:
        return frozenset(EventType.objects.values_list("name", flat=True))

    @cached_property
    def message_templates(self) -> frozenset[str]:
        return frozenset(messages.names())

    @cached_property
    def connectors(self) -> frozenset[str]:
        return frozenset(stored.names() or ())

    @cached_property
    def workflows(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.known.workflows())


def of(definition: Mapping[str, Any], here: Here) -> list[Missing]:
    """What is missing for a definition in canonical form, in the order of the document; each place once."""
    return [found for each in dependencies.of(definition) for found in _of(each, here)]


def _of(each: Dependency, here: Here) -> Iterator[Missing]:
    if each.kind is Kind.CONNECTION and here.connections.get(each.name):
        message = f"The connection {each.name!r} has no secrets yet; give them: PATCH connections/{each.name}/."
        yield Missing(CONNECTION_SECRETS, each.name, each.path, message)
    elif not _HAS[each.kind](here, each.name):
        yield Missing(each.kind, each.name, each.path, _TOLD[each.kind].format(each.name[:100]), _blocks(each.kind))
    elif each.kind is Kind.ACTION_TYPE and (refusal := _refusal(each.name, here)):
        yield Missing(ACTION_ROLE, each.name, each.path, f"{refusal[:1].upper()}{refusal[1:]}. An admin decides.")


def _refusal(name: str, here: Here) -> str:
    """Why the role may not use an action type that there is; "" when it may."""
    key = action_types.get(name).key
    return action_roles.refusal(here.known.action_roles, key, here.role) or ""


def _blocks(kind: Kind) -> bool:
    """Events of a type that nobody described are accepted; whether a variable is needed, the check of paths knows."""
    return kind not in {Kind.EVENT_TYPE, Kind.VARIABLE}


def _is_known(names: Callable[[Here], Collection[str]]) -> Callable[[Here, str], bool]:
    return lambda here, name: name in names(here)


_HAS: Mapping[Kind, Callable[[Here, str], bool]] = {
    Kind.ACTION_TYPE: lambda _, name: action_types.find(name) is not None,
    Kind.TRIGGER_TYPE: lambda _, name: resolving.find(name) is not None,
    Kind.CONNECTION: _is_known(lambda here: here.connections),
    Kind.SECRET: _is_known(lambda here: here.known.secrets),
    Kind.VARIABLE: _is_known(lambda here: here.known.variables),
    Kind.EVENT_TYPE: _is_known(lambda here: here.event_types),
    Kind.MESSAGE_TEMPLATE: _is_known(lambda here: here.message_templates),
    Kind.CONNECTOR: _is_known(lambda here: here.connectors),
    Kind.PATTERN: _is_known(lambda here: here.known.patterns()),
    Kind.WORKFLOW: lambda here, name: name.lower() in here.workflows,
    Kind.ENTITY_TYPE: lambda _, name: entities.find(name) is not None,
    Kind.CHANNEL: lambda _, name: channels.find(name) is not None,
}
_TOLD: Mapping[Kind, str] = {
    Kind.ACTION_TYPE: "There is no action type {!r} here: install the plugin that brings it.",
    Kind.TRIGGER_TYPE: "There is no trigger type {!r} here: install the plugin that brings it.",
    Kind.CONNECTION: "The workspace has no connection {!r}: an admin makes it, or map the name to another one.",
    Kind.SECRET: "The workspace has no secret {!r}: an admin sets it (POST secrets/), or map the name to another one.",
    Kind.VARIABLE: "The workspace has no variable {!r}: an admin adds it to its `variables`.",
    Kind.EVENT_TYPE: "Nobody has described the event type {!r} here; its events are accepted all the same.",
    Kind.MESSAGE_TEMPLATE: "There is no message template {!r}: import it, or write it.",
    Kind.CONNECTOR: "The workspace has no connector {!r}: an admin imports it.",
    Kind.PATTERN: "The workspace has no pattern {!r}: make it (POST patterns/), or map the name to another one.",
    Kind.WORKFLOW: "The workspace has no workflow {!r}: import it, too.",
    Kind.ENTITY_TYPE: "There is no entity {!r} here: install the plugin that brings it.",
    Kind.CHANNEL: "There is no channel {!r} here.",
}
