"""`client.workflows_template`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def workflows_template_update(
    workflow_id: Named,
    *,
    parameters: dict[str, Any] | Unset = UNSET,
    prefer: m.Side | Unset | None = UNSET,
    revision: int | Unset | None = UNSET,
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> Call[m.WorkflowResponse]:
    """Let the draft say what the template says now, but for what people changed in it. Where both changed the
    same, 409 with every conflict, unless `prefer` decides. What is active goes on unchanged until the draft is
    published.

    parameters: Those that are to be others than before; null: none
    prefer: Whose change is taken where the workflow and the template changed the same; null: 409
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    """
    return Call(
        operation="workflows_template_update",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/template/update/", workflow_id=workflow_id),
        answers={200: m.WorkflowResponse},
        body=given({"parameters": parameters, "prefer": prefer, "revision": revision}),
        is_keyed=True,
        idempotency_key=idempotency_key,
        row=workflow_id,
        if_match=if_match,
    )


def workflows_template_update_preview(
    workflow_id: Named,
    *,
    parameters: dict[str, Any] | Unset = UNSET,
    prefer: m.Side | Unset | None = UNSET,
    revision: int | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.UpdatePreviewResponse]:
    """What the update would change in the draft, and where it conflicts. Changes nothing.

    parameters: Those that are to be others than before; null: none
    prefer: Whose change is taken where the workflow and the template changed the same; null: 409
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    """
    return Call(
        operation="workflows_template_update_preview",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/template/update/preview/", workflow_id=workflow_id),
        answers={200: m.UpdatePreviewResponse},
        body=given({"parameters": parameters, "prefer": prefer, "revision": revision}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class WorkflowsTemplate(binding.Resource):
    """What can be done with workflows_template."""

    update = binding.called(workflows_template_update)
    update_preview = binding.called(workflows_template_update_preview)


class AsyncWorkflowsTemplate(binding.AsyncResource):
    """Calls that are awaited."""

    update = binding.awaited(workflows_template_update)
    update_preview = binding.awaited(workflows_template_update_preview)
