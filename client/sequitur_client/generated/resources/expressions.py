"""`client.expressions`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Unset, filled, given
from sequitur_client.generated import models as m


def expressions_render(
    *,
    template: str | Unset | None = UNSET,
    value: Any = UNSET,
    sample: dict[str, Any] | Unset | None = UNSET,
    event_id: str | Unset = UNSET,
    workflow: str | Unset = UNSET,
    action: str | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.RenderResponse]:
    """Render a template as a run does. Secrets are there, redacted.

    sample: Names with values: `event`, `actions`, `item`, ...; others are data of the event
    event_id: The id of an event that came
    workflow: The id or slug of a workflow
    action: The action of its draft at which the value stands
    """
    return Call(
        operation="expressions_render",
        method="POST",
        path=filled("/api/v1/expressions/render/"),
        answers={200: m.RenderResponse},
        body=given(
            {
                "template": template,
                "value": value,
                "sample": sample,
                "event_id": event_id,
                "workflow": workflow,
                "action": action,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def expressions_scope(*, action: str, workflow: str) -> Call[m.ScopeResponse]:
    """The names that an action of a draft can read.

    action: The id of an action of its draft
    workflow: The id or slug of a workflow
    """
    return Call(
        operation="expressions_scope",
        method="GET",
        path=filled("/api/v1/expressions/scope/"),
        answers={200: m.ScopeResponse},
        query={"action": action, "workflow": workflow},
    )


def expressions_scope_of(
    *, workflow: str, action: str, definition: dict[str, Any] | Unset | None = UNSET, idempotency_key: str | None = None
) -> Call[m.ScopeResponse]:
    """The same for a definition that is not saved.

    workflow: The id or slug of the workflow that it belongs to
    action: The id of an action of the definition
    definition: Default: the draft
    """
    return Call(
        operation="expressions_scope_of",
        method="POST",
        path=filled("/api/v1/expressions/scope/"),
        answers={200: m.ScopeResponse},
        body=given({"workflow": workflow, "action": action, "definition": definition}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class Expressions(binding.Resource):
    """What can be done with expressions."""

    render = binding.called(expressions_render)
    scope = binding.listed(expressions_scope)
    scope_of = binding.called(expressions_scope_of)


class AsyncExpressions(binding.AsyncResource):
    """Calls that are awaited."""

    render = binding.awaited(expressions_render)
    scope = binding.awaited_list(expressions_scope)
    scope_of = binding.awaited(expressions_scope_of)
