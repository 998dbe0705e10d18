"""`client.webhook_deliveries`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, filled
from sequitur_client.generated import models as m


def webhook_deliveries_list(
    *, cursor: str | None = None, limit: int | None = None, status: int | None = None, url: str | None = None
) -> Call[m.WebhookDeliveryPage]:
    """Every try of a `send_webhook`, the newest first, with secrets redacted.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    status: The status of the answer
    url: The URL as it was sent to, or its beginning
    """
    return Call(
        operation="webhook_deliveries_list",
        method="GET",
        path=filled("/api/v1/webhook-deliveries/"),
        answers={200: m.WebhookDeliveryPage},
        query={"cursor": cursor, "limit": limit, "status": status, "url": url},
    )


class WebhookDeliveries(binding.Resource):
    """What can be done with webhook_deliveries."""

    list = binding.paged(webhook_deliveries_list)


class AsyncWebhookDeliveries(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_pages(webhook_deliveries_list)
