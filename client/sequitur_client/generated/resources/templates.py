"""`client.templates`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def templates_fork(
    id: Named,
    *,
    name: str | Unset = UNSET,
    parameters: dict[str, Any] | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.WorkflowResponse]:
    """Make a draft of a template: a workflow like any other, which says in `template` what it was made of.

    name: By default the template's name
    parameters: Values by name, as the template's `parameters` ask for them
    """
    return Call(
        operation="templates_fork",
        method="POST",
        path=filled("/api/v1/templates/{id}/fork/", id=id),
        answers={201: m.WorkflowResponse},
        body=given({"name": name, "parameters": parameters}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def templates_list(
    *, category: str | None = None, plugin: str | None = None, q: str | None = None
) -> Call[m.TemplateListing]:
    """All templates: those that come with Sequitur, then those of plugins.

    category: Its category
    plugin: The plugin that brings it; empty: Sequitur
    q: Words of its name, description or tags, all of which it has
    """
    return Call(
        operation="templates_list",
        method="GET",
        path=filled("/api/v1/templates/"),
        answers={200: m.TemplateListing},
        query={"category": category, "plugin": plugin, "q": q},
    )


def templates_preview(
    id: Named,
    *,
    name: str | Unset = UNSET,
    parameters: dict[str, Any] | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.TemplatePreviewResponse]:
    """What `fork/` would make of these parameters, and what would keep that from being published. Changes nothing.

    name: By default the template's name
    parameters: Values by name, as the template's `parameters` ask for them
    """
    return Call(
        operation="templates_preview",
        method="POST",
        path=filled("/api/v1/templates/{id}/preview/", id=id),
        answers={200: m.TemplatePreviewResponse},
        body=given({"name": name, "parameters": parameters}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def templates_retrieve(id: Named) -> Call[m.TemplateDetail]:
    """One template, with what it needs and whether this workspace has that."""
    return Call(
        operation="templates_retrieve",
        method="GET",
        path=filled("/api/v1/templates/{id}/", id=id),
        answers={200: m.TemplateDetail},
    )


class Templates(binding.Resource):
    """What can be done with templates."""

    fork = binding.called(templates_fork)
    list = binding.listed(templates_list)
    preview = binding.called(templates_preview)
    retrieve = binding.called(templates_retrieve)


class AsyncTemplates(binding.AsyncResource):
    """Calls that are awaited."""

    fork = binding.awaited(templates_fork)
    list = binding.awaited_list(templates_list)
    preview = binding.awaited(templates_preview)
    retrieve = binding.awaited(templates_retrieve)
