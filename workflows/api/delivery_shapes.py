"""What the API gives about webhooks that were sent."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from core.redaction import Redactor
from workflows.models import ActionAttempt

Json = dict[str, Any]

SHOWN = Redactor()


class WebhookDeliveryQuery(ListQuery):
    """Which deliveries a list shows."""

    url: str | None = Field(None, max_length=2048, description="The URL as it was sent to, or its beginning")
    status: int | None = Field(None, ge=100, le=599, description="The status of the answer")


class WebhookDeliveryResponse(BaseModel):
    """One try of a `send_webhook`."""

    id: str
    run: str
    action: str = Field(description="The action's id in its workflow")
    attempt: int
    outcome: str
    url: str | None
    status: int | None = Field(description="Of the answer; null where there was none")
    started_at: datetime
    duration_ms: int
    request: Json | None
    response: Json | None
    error: Json | None = Field(description="{code, message}")


class WebhookDeliveryPage(Page[WebhookDeliveryResponse]):
    """Deliveries, newest first."""


def delivery(row: ActionAttempt) -> WebhookDeliveryResponse:
    return WebhookDeliveryResponse(
        id=str(row.pk),
        run=str(row.action_run.run_id),
        action=row.action_run.key,
        attempt=row.number,
        outcome=row.outcome,
        url=SHOWN.clean((row.request or {}).get("url")),
        status=(row.response or {}).get("status"),
        started_at=row.started_at,
        duration_ms=round((row.finished_at - row.started_at).total_seconds() * 1000),
        request=SHOWN.clean(row.request),
        response=SHOWN.clean(row.response),
        error=SHOWN.clean(row.error),
    )
