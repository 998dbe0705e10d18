"""Which workflows use a connection."""

from collections.abc import Iterator
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from workflows.definitions import outline
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow


def workflows_with_connection(name: str) -> list[str]:
    """The active workflows of the workspace in scope whose published definition names the connection, in words."""
    rows = Workflow.objects.filter(status=WorkflowStatus.ACTIVE, active_version__isnull=False)
    rows = rows.annotate(text=Cast("active_version__definition", TextField())).filter(text__contains=f'"{name}"')
    found = rows.order_by("name").values_list("name", "active_version__definition")
    return [f"the workflow {workflow!r}" for workflow, definition in found if name in _named(definition)]


def _named(definition: dict[str, Any]) -> set[str]:
    """The connections that the actions of a definition name, those that undo and nested ones included."""
    parts = (part for place in outline.build(definition.get("actions")).places for part in _both(place.part))
    return {
        params[parameter]
        for part in parts
        if (found := outline.type_of(part)) is not None
        for params in [outline.params_of(part)]
        for parameter in found.connection_params
        if isinstance(params.get(parameter), str)
    }


def _both(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield part
    if isinstance(undo := part.get("undo"), dict):
        yield undo
