"""Hosts that actions call, and test deliveries of webhooks, over HTTP."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from actions.api import outbound_shapes
from actions.models import OutboundHost
from actions.outbound import remembered
from actions.services import webhook_tests
from core.api.queries import ListQuery, parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role


class OutboundHostViewSet(WorkspaceViewSet):
    """Which hosts are left alone, or counted."""

    area = "connections"
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="outbound_hosts_list",
        parameters=parameters(ListQuery),
        responses=outbound_shapes.OutboundHostPage,
    )
    def list(self, request: Request) -> Response:
        """The hosts that failed lately, or that a rate limit counts."""
        self.query(ListQuery)
        return self.page(OutboundHost.objects.all(), outbound_shapes.outbound_host)

    @extend_schema(
        operation_id="outbound_hosts_reset",
        request=None,
        responses={204: None},
        parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH, description="The host, as it is listed")],
    )
    @action(detail=True, methods=["post"])
    def reset(self, request: Request, pk: str) -> Response:
        """Forget what is remembered of a host: it is called again at once."""
        remembered.reset(pk, by=self.caller.name)
        return Response(status=204)


class WebhookViewSet(WorkspaceViewSet):
    """Webhooks that are sent by hand."""

    area = "connections"
    write_role = Role.OPERATOR
    unkeyed = frozenset({"test"})

    @extend_schema(
        operation_id="webhooks_test",
        request=outbound_shapes.WebhookTestRequest,
        responses=outbound_shapes.WebhookTestResponse,
    )
    @action(detail=False, methods=["post"])
    def test(self, request: Request) -> Response:
        """Send one signed message now, as `send_webhook` would, and say how it was answered. Nothing is stored."""
        body = self.body(outbound_shapes.WebhookTestRequest)
        is_given = "payload" in body.model_fields_set
        found = webhook_tests.deliver(
            body.url,
            payload=body.payload if is_given else webhook_tests.EXAMPLE,
            signing_secret=body.signing_secret,
            by=self.caller.name,
            role=self.caller.role,
        )
        return answer(
            outbound_shapes.WebhookTestResponse(
                status=found.status, duration_ms=found.duration_ms, response=found.response, error=found.error
            )
        )
