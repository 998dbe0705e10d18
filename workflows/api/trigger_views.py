"""Triggers over HTTP, as they are changed: each is a part of the draft of its workflow."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import IF_MATCH
from triggers.api import trigger_views
from triggers.api.trigger_shapes import TriggerResponse
from triggers.selectors import triggers as rows
from workflows.api import trigger_shapes as shapes
from workflows.selectors import workflows as selectors
from workflows.services.editing import triggers


class TriggerViewSet(trigger_views.TriggerViewSet):
    """What listens, and what will."""

    @extend_schema(operation_id="triggers_create", request=shapes.TriggerRequest, responses={201: TriggerResponse})
    def create(self, request: Request) -> Response:
        """Add a trigger to the draft of a workflow. It listens once the workflow is published."""
        body = self.body(shapes.TriggerRequest)
        workflow, caller = selectors.named(body.workflow, path="/workflow"), self.caller
        row = triggers.create(workflow, shapes.part(body), role=caller.role, by=caller.name)
        return self.shown(str(row.pk), status=201)

    @extend_schema(
        operation_id="triggers_partial_update",
        request=shapes.TriggerPatch,
        responses=TriggerResponse,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a trigger in the draft; publish the workflow to let the change hold. `is_active` and `is_enabled`
        switch a published one on or off at once."""
        row, body = self.find(rows.listed(), pk), self.body(shapes.TriggerPatch)
        triggers.change(
            row,
            shapes.changes(body),
            is_enabled=body.is_enabled if "is_enabled" in body.model_fields_set else None,
            role=self.caller.role,
            by=self.caller.name,
            expected=self.expected,
        )
        return self.shown(pk)

    @extend_schema(operation_id="triggers_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a trigger out of the draft. A published one stops at once, and is gone when the draft is published."""
        triggers.delete(self.find(rows.listed(), pk), by=self.caller.name, expected=self.expected)
        return Response(status=204)
