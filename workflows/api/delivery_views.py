"""Webhooks that were sent, over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet
from workflows.api import delivery_shapes
from workflows.selectors import deliveries


class WebhookDeliveryViewSet(WorkspaceViewSet):
    """What receivers answered."""

    area = "runs"

    @extend_schema(
        operation_id="webhook_deliveries_list",
        parameters=parameters(delivery_shapes.WebhookDeliveryQuery),
        responses=delivery_shapes.WebhookDeliveryPage,
    )
    def list(self, request: Request) -> Response:
        """Every try of a `send_webhook`, the newest first, with secrets redacted."""
        wanted = self.query(delivery_shapes.WebhookDeliveryQuery).filters()
        return self.page(deliveries.listed(**wanted), delivery_shapes.delivery)
