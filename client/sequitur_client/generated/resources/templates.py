"""`client.templates`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def templates_fork(
    id: Named, *, name: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.WorkflowResponse]:
    """Make a draft of a template: a workflow like any other, which nothing connects with the template.

    name: By default the template's name
    """
    return Call(
        operation="templates_fork",
        method="POST",
        path=filled("/api/v1/templates/{id}/fork/", id=id),
        answers={201: m.WorkflowResponse},
        body=given({"name": name}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def templates_list() -> Call[m.TemplateListing]:
    """All templates that plugins bring."""
    return Call(
        operation="templates_list", method="GET", path=filled("/api/v1/templates/"), answers={200: m.TemplateListing}
    )


class Templates(binding.Resource):
    """What can be done with templates."""

    fork = binding.called(templates_fork)
    list = binding.listed(templates_list)


class AsyncTemplates(binding.AsyncResource):
    """Calls that are awaited."""

    fork = binding.awaited(templates_fork)
    list = binding.awaited_list(templates_list)
