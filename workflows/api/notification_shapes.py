"""What the API gives about notifications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.models import NotificationDelivery

Json = dict[str, Any]


class NotificationQuery(ListQuery):
    """Which notifications a list shows."""

    status: DeliveryStatus | None = Field(None, description="How far it is")
    channel: str | None = Field(None, max_length=100, description="The channel's name")
    trigger: NotifyOn | None = Field(None, description="What happened")
    workflow: str | None = Field(None, description="The workflow's id or slug")
    run: UUID | None = Field(None, description="The run that it tells of")


class DigestResponse(BaseModel):
    """The message in which others went out."""

    id: str
    status: DeliveryStatus
    due_at: datetime | None
    sent_at: datetime | None


class NotificationResponse(BaseModel):
    """One message to one address."""

    id: str
    workflow: str
    run: str | None = Field(description="Null for a digest, which is of many")
    action: str | None = Field(description="The action's id in the definition; null for the run as a whole")
    action_run: str | None
    iteration: str | None
    policy: str = Field(description="<action>/<id of the policy>, or its id alone for those of the workflow")
    trigger: NotifyOn
    channel: str
    to: str | None = Field(description="Null until it is filled in")
    subject: str
    text: str
    status: DeliveryStatus
    attempts: list[Json] = Field(
        description="Its tries: {number, outcome, started_at, finished_at, error, request, response}"
    )
    error: Json | None = Field(description="{code, message}: of the last try")
    due_at: datetime | None = Field(description="When it is sent, or tried again")
    created_at: datetime
    sent_at: datetime | None
    is_digest: bool
    digest: DigestResponse | None = Field(description="Of one that is grouped: the message in which it goes out")
    replay_of: str | None


class NotificationPage(Page[NotificationResponse]):
    """Notifications, newest first."""


def notification(row: NotificationDelivery) -> NotificationResponse:
    return NotificationResponse(
        id=str(row.pk),
        workflow=str(row.workflow_id),
        run=_text(row.run_id),
        action=row.action_run.key if row.action_run else None,
        action_run=_text(row.action_run_id),
        iteration=(row.action_run.iteration or None) if row.action_run else None,
        policy=row.policy,
        trigger=NotifyOn(row.trigger),
        channel=row.channel,
        to=row.to or None,
        subject=row.subject,
        text=row.text,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        error=row.error,
        due_at=row.due_at,
        created_at=row.created_at,
        sent_at=row.sent_at,
        is_digest=row.is_digest,
        digest=_digest(row.digest),
        replay_of=_text(row.replay_of_id),
    )


def _digest(row: NotificationDelivery | None) -> DigestResponse | None:
    if row is None:
        return None
    return DigestResponse(id=str(row.pk), status=DeliveryStatus(row.status), due_at=row.due_at, sent_at=row.sent_at)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
