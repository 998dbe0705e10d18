"""What the API takes and gives about events and trigger types."""

import re
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.api.queries import ListQuery
from core.api.shapes import Listing, Page
from triggers.base import AnyTriggerType
from triggers.engine import patterns
from triggers.models import Event

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)  # pydantic reads text like 20260131 as seconds since 1970


class EventRequest(BaseModel):
    """An event in short form. Without `id` every request is a new event; without `time` it happened now."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["lead.created"], description="Names joined by dots; triggers listen to it")
    data: dict[str, Any] = Field(
        default_factory=dict, description="What templates and conditions read: `lead.score` is `data.lead.score`"
    )
    id: str = Field("", max_length=255, description="The sender's own; with the same one it is accepted once")
    source: str = Field("", max_length=255, description="Default: the slug of the workspace")
    subject: str = Field("", max_length=255, description="What it is about, in the words of the sender")
    time: datetime | None = Field(None, description="ISO 8601; without an offset it is UTC")

    @field_validator("type")
    @classmethod
    def is_name(cls, value: str) -> str:
        if not patterns.is_name(value):
            raise ValueError("expected letters, digits, _ and -, in names joined by dots, like lead.created")
        return value

    @field_validator("time", mode="before")
    @classmethod
    def is_text(cls, value: object) -> object:
        if value is not None and not (isinstance(value, str) and _DATE.match(value)):
            raise ValueError("expected text in ISO 8601, like 2026-01-31T09:30:00Z")
        return value

    @field_validator("time")
    @classmethod
    def is_an_instant(cls, value: datetime | None) -> datetime | None:
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError("expected an instant within the years 1 to 9999 of UTC") from None


class EventQuery(ListQuery):
    """Which events a list shows."""

    type: str | None = Field(None, description="The event's type")
    source: str | None = Field(None, description="Its source")
    subject: str | None = Field(None, description="Its subject")


class AcceptedResponse(BaseModel):
    """An event as it was accepted. `id` is the sender's when one was sent, `uid` is ours."""

    id: str
    uid: str
    type: str
    source: str
    time: datetime
    duplicate: bool


class EventSummary(BaseModel):
    """An event in a list. `matched_at` is null until all triggers have decided."""

    id: str
    uid: str
    type: str
    source: str
    subject: str
    time: datetime
    received_at: datetime
    matched_at: datetime | None


class EventResponse(EventSummary):
    """An event as it is stored."""

    data: dict[str, Any]


class TriggerTypeResponse(BaseModel):
    """A trigger type, with the JSON Schema of its parameters."""

    key: str
    title: str
    description: str
    params_schema: dict[str, Any]


class EventPage(Page[EventSummary]):
    """Events, newest first."""


class TriggerTypeListing(Listing[TriggerTypeResponse]):
    """All trigger types."""


def accepted(event: Event, *, duplicate: bool) -> AcceptedResponse:
    return AcceptedResponse(
        id=event.event_id,
        uid=str(event.pk),
        type=event.type,
        source=event.source,
        time=event.time,
        duplicate=duplicate,
    )


def summary(row: Event) -> EventSummary:
    return EventSummary(**_summary(row))


def event(row: Event) -> EventResponse:
    return EventResponse(**_summary(row), data=row.data)


def _summary(row: Event) -> dict[str, Any]:
    return {
        "id": row.event_id,
        "uid": str(row.pk),
        "type": row.type,
        "source": row.source,
        "subject": row.subject,
        "time": row.time,
        "received_at": row.received_at,
        "matched_at": row.matched_at,
    }


def trigger_type(item: AnyTriggerType) -> TriggerTypeResponse:
    return TriggerTypeResponse(
        key=item.key,
        title=item.title,
        description=item.description,
        params_schema=item.params_model.model_json_schema(),
    )
