"""Which workflows use a connection, or a message template."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast

from workflows.definitions import dependencies
from workflows.definitions.dependencies import Kind
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow


def workflows_with_connection(name: str) -> list[str]:
    """The active workflows of the workspace in scope whose published definition names the connection, in words."""
    rows = Workflow.objects.filter(status=WorkflowStatus.ACTIVE, active_version__isnull=False)
    rows = rows.annotate(text=Cast("active_version__definition", TextField())).filter(text__contains=f'"{name}"')
    found = rows.order_by("name").values_list("name", "active_version__definition")
    return [f"the workflow {workflow!r}" for workflow, definition in found if _names(definition, Kind.CONNECTION, name)]


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
    return [
        f"the workflow {each[0]!r}"
        for each in found
        if any(_names(part, Kind.MESSAGE_TEMPLATE, name) for part in each[1:])
    ]


def _names(definition: Mapping[str, Any] | None, kind: Kind, name: str) -> bool:
    return any(each.kind is kind and each.name == name for each in dependencies.of(definition or {}))
