"""What the API gives about hosts that actions call, and about test deliveries."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from actions.models import OutboundHost
from actions.outbound import remembered
from core.api.shapes import Page

MAX_URL_CHARACTERS = 2048


class OutboundHostResponse(BaseModel):
    """What is remembered of a host. One that is not listed is well, and called as often as is wanted."""

    host: str = Field(description="With the port where it is not the scheme's own")
    state: str = Field(description="closed (it is called), open (it is left alone) or half_open (one call probes it)")
    failures: int = Field(description="Failures within the window, without a success between them")
    last_failure: str | None = Field(description="The code of the last failure")
    next_probe_at: datetime | None = Field(description="From when on one call may probe it")
    calls: int = Field(description="Calls that the rate limit counts")
    updated_at: datetime


class OutboundHostPage(Page[OutboundHostResponse]):
    """Hosts, the newest in trouble first."""


class WebhookTestRequest(BaseModel):
    """A message to send once, to see how the receiver answers."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=MAX_URL_CHARACTERS)
    payload: Any = Field(None, description="What to send as JSON; a short example without one")
    signing_secret: str | None = Field(None, repr=False, description="whsec_...; without one it goes unsigned")


class WebhookTestResponse(BaseModel):
    """How the receiver answered; `error` in place of `status` when it did not."""

    status: int | None
    duration_ms: int
    response: dict[str, Any] | None = Field(description="{status, headers, body, ...}, with secrets redacted")
    error: dict[str, str] | None = Field(description="{code, message}")


def outbound_host(row: OutboundHost) -> OutboundHostResponse:
    return OutboundHostResponse(
        host=row.host,
        state=remembered.circuit_of(row).state,
        failures=len(row.failures),
        last_failure=row.last_failure or None,
        next_probe_at=datetime.fromtimestamp(row.probe_at, tz=UTC) if row.probe_at is not None else None,
        calls=len(row.calls),
        updated_at=row.updated_at,
    )
