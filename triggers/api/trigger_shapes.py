"""What the API takes and gives about triggers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from triggers.models import Hook, Trigger
from triggers.types import webhook


class TriggerQuery(ListQuery):
    """Which triggers a list shows."""

    workflow: str | None = Field(None, description="Id or slug of the workflow")
    type: str | None = Field(None, description="The trigger type")
    is_active: bool | None = Field(None, description="Whether it listens: true or false")


class TriggerWorkflow(BaseModel):
    """The workflow that it starts."""

    id: str
    name: str


class WebhookStatistics(BaseModel):
    """What arrived at the URL of a webhook. `last_refusal` says why; senders are not told."""

    last_received_at: datetime | None
    accepted: int
    duplicates: int
    refused: int
    last_refused_at: datetime | None
    last_refusal: str
    rotated_at: datetime | None


class TriggerRequest(BaseModel):
    """What can be changed of a trigger without publishing its workflow anew."""

    model_config = ConfigDict(extra="forbid")

    is_enabled: bool = Field(description="Its own switch; it listens while it is on and its workflow is active")


class TriggerStatistics(BaseModel):
    """What became of the events that it has seen: those of its type and those for it alone, while it listened.

    `matched` is what it fired on or would have, had it not been held back (`suppressed`) or did it not wait
    for others (`pending`).
    """

    seen: int
    matched: int
    fired: int
    suppressed: int
    failed: int
    pending: int
    last_fired_at: datetime | None


class TriggerResponse(BaseModel):
    """A trigger as it was published. `url` and `webhook` are null but for webhooks; `url` for viewers, too."""

    id: str
    key: str
    workflow: TriggerWorkflow
    type: str
    params: dict[str, Any]
    event_type: str
    is_enabled: bool
    is_active: bool
    statistics: TriggerStatistics
    url: str | None
    webhook: WebhookStatistics | None


class TriggerPage(Page[TriggerResponse]):
    """Triggers, newest first."""


def trigger(row: Trigger, *, url: str | None, statistics: dict[str, Any]) -> TriggerResponse:
    return TriggerResponse(
        id=str(row.pk),
        key=row.key,
        workflow=TriggerWorkflow(id=str(row.workflow_id), name=row.workflow.name),
        type=row.type,
        params=row.params,
        event_type=row.event_type,
        is_enabled=row.is_enabled,
        is_active=row.is_active,
        statistics=TriggerStatistics(**statistics),
        url=url,
        webhook=_statistics(row.hook) if has_hook(row) else None,
    )


def has_hook(row: Trigger) -> bool:
    """Whether requests may arrive for it; a trigger that was a webhook in an earlier version keeps its row."""
    return row.type == webhook.KEY and hasattr(row, "hook")


def _statistics(hook: Hook) -> WebhookStatistics:
    return WebhookStatistics(
        last_received_at=hook.last_received_at,
        accepted=hook.accepted,
        duplicates=hook.duplicates,
        refused=hook.refused,
        last_refused_at=hook.last_refused_at,
        last_refusal=hook.last_refusal,
        rotated_at=hook.rotated_at,
    )
