"""Which workflows use a connection, or a message template."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast

from actions.base import ActionType
from actions.registry import action_types
from workflows.definitions import outline
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow
from workflows.services.transfer import dependencies
from workflows.services.transfer.dependencies import Kind


def workflows_with_connection(name: str) -> list[str]:
    """The active workflows of the workspace in scope whose published definition names the connection, in words."""
    rows = Workflow.objects.filter(status=WorkflowStatus.ACTIVE, active_version__isnull=False)
    rows = rows.annotate(text=Cast("active_version__definition", TextField())).filter(text__contains=f'"{name}"')
    found = rows.order_by("name").values_list("name", "active_version__definition")
    return [f"the workflow {workflow!r}" for workflow, definition in found if name in _named(definition)]


def workflows_with_message(name: str) -> list[str]:
    """The workflows of the workspace in scope whose draft or active version names the message template, in words;
    archived ones use it no more. A name that an expression gives is not known before it is filled in."""
    rows = Workflow.objects.exclude(status=WorkflowStatus.ARCHIVED).annotate(
        active=F("active_version__definition"),
        active_text=Cast("active_version__definition", TextField()),
        draft_text=Cast("draft", TextField()),
    )
    rows = rows.filter(Q(active_text__contains=f'"{name}"') | Q(draft_text__contains=f'"{name}"')).order_by("name")
    found = rows.values_list("name", "active", "draft")
    return [f"the workflow {each[0]!r}" for each in found if any(_tells(part, name) for part in each[1:])]


def _tells(definition: dict[str, Any] | None, name: str) -> bool:
    named = (each for each in dependencies.of(definition or {}) if each.kind is Kind.MESSAGE_TEMPLATE)
    return any(each.name == name for each in named)


def _named(definition: dict[str, Any]) -> set[str]:
    """The connections that the actions of a definition name: those that undo, nested ones, and tools of agents too."""
    parts = (part for place in outline.build(definition.get("actions")).places for part in _both(place.part))
    return {
        params[parameter]
        for part in parts
        for found, params in _performed(outline.type_of(part), outline.params_of(part))
        for parameter in found.connection_params
        if isinstance(params.get(parameter), str)
    }


def _performed(
    found: ActionType[Any] | None, params: Mapping[str, Any]
) -> Iterator[tuple[ActionType[Any], Mapping[str, Any]]]:
    """The action, and those that it performs itself."""
    if found is not None:
        yield found, params
        for inner in found.performs(params):
            yield from _performed(action_types.find(inner.type), inner.params)


def _both(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield part
    if isinstance(undo := part.get("undo"), dict):
        yield undo
