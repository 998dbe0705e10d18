"""`client.webhooks`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Unset, filled, given
from sequitur_client.generated import models as m


def webhooks_test(
    *, url: str, payload: Any = UNSET, signing_secret: str | Unset | None = UNSET
) -> Call[m.WebhookTestResponse]:
    """Send one signed message now, as `send_webhook` would, and say how it was answered. Nothing is stored.

    payload: What to send as JSON; a short example without one
    signing_secret: whsec_...; without one it goes unsigned
    """
    return Call(
        operation="webhooks_test",
        method="POST",
        path=filled("/api/v1/webhooks/test/"),
        answers={200: m.WebhookTestResponse},
        body=given({"url": url, "payload": payload, "signing_secret": signing_secret}),
    )


class Webhooks(binding.Resource):
    """What can be done with webhooks."""

    test = binding.called(webhooks_test)


class AsyncWebhooks(binding.AsyncResource):
    """Calls that are awaited."""

    test = binding.awaited(webhooks_test)
