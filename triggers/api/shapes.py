"""What the API takes and gives about events and trigger types."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core import validation
from core.api.queries import Instant, ListQuery
from core.api.shapes import Listing, Page
from core.errors import InvalidError
from core.redaction import Redactor
from triggers.base import AnyTriggerType
from triggers.engine import patterns
from triggers.models import Event


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
    time: Instant | None = Field(None, description="ISO 8601; without an offset it is UTC")

    @field_validator("type")
    @classmethod
    def is_name(cls, value: str) -> str:
        if not patterns.is_name(value):
            raise ValueError("expected letters, digits, _ / : + and -, in names joined by dots, like lead.created")
        return value


def check_event(document: Mapping[str, Any]) -> None:
    """Raises `InvalidError` for an `event` in a request that cannot be one, with every problem at its own path."""
    event = document.get("event")
    if isinstance(event, Mapping):
        try:
            EventRequest.model_validate(event)
        except ValidationError as error:
            found = validation.problems(error, model=EventRequest, path="/event")
            raise InvalidError("The request is not valid.", problems=found) from None


class EventQuery(ListQuery):
    """Which events a list shows."""

    type: str | None = Field(None, description="The event's type, or a pattern: lead.* is one level, lead.** any")
    source: str | None = Field(None, description="Its source")
    subject: str | None = Field(None, description="Its subject")
    id: str | None = Field(None, description="The sender's id")
    sent_by_run: UUID | None = Field(None, description="The run that sent it")
    since: Instant | None = Field(None, description="Received at this time or later; ISO 8601")
    until: Instant | None = Field(None, description="Received before this time")
    matched: bool | None = Field(None, description="Whether all triggers have decided")

    @field_validator("type")
    @classmethod
    def is_pattern(cls, value: str | None) -> str | None:
        if value is not None and not patterns.is_pattern(value):
            raise ValueError("expected a type like lead.created, or a pattern like lead.* or lead.**")
        return value


class Mismatch(BaseModel):
    """What does not fit the schema of the event's type."""

    path: str
    code: str
    message: str


class Warned(BaseModel):
    """What is there only when there is something to say."""

    warnings: list[Mismatch] = Field([], description="What does not fit its type; absent when nothing")


class AcceptedResponse(Warned):
    """An event as it was accepted. `id` is the sender's when one was sent, `uid` is ours."""

    id: str
    uid: str
    type: str
    source: str
    time: datetime
    duplicate: bool


class Batch(BaseModel):
    """Events that are looked at one by one."""

    model_config = ConfigDict(extra="forbid")

    events: list[Any]


class BatchRequest(BaseModel):
    """1 to 1,000 events in short form."""

    events: list[EventRequest]


class Refusal(BaseModel):
    """Why an event was rejected; paths are within the event."""

    detail: str
    code: str
    errors: list[Mismatch]


class BatchResult(Warned):
    """What became of one event. `uid` is null for one that was rejected, and so may `id` be."""

    id: str | None
    uid: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    error: Refusal | None


class BatchResponse(BaseModel):
    """What became of each event, in the order in which they were sent."""

    results: list[BatchResult]


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


class EventResponse(EventSummary, Warned):
    """An event as it is stored. What it does not have, such as `request`, is left out."""

    data: Any
    request: dict[str, Any] = Field({}, description="Of a webhook: method, headers, query")
    extensions: dict[str, Any] = Field({}, description="The other attributes of a CloudEvent")
    sent_by_run: str = Field("", description="Of an event that a run sent: the run")
    root: str = Field("", description="Of an event that a run sent: our `uid` of the event that all began with")
    dead_at: datetime | None = Field(None, description="Of an event that nobody could decide on: when it was given up")
    depth: int = Field(0, description="Of an event that a run sent: how many runs led to it, one after the other")


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
        **_given(warnings=event.warnings),
    )


def taken(event: Event, *, duplicate: bool) -> BatchResult:
    return BatchResult(
        id=event.event_id,
        uid=str(event.pk),
        status="duplicate" if duplicate else "accepted",
        error=None,
        **_given(warnings=event.warnings),
    )


def rejected(identifier: str | None, error: dict[str, Any]) -> BatchResult:
    return BatchResult(id=identifier, uid=None, status="rejected", error=Refusal(**error))


def summary(row: Event) -> EventSummary:
    return EventSummary(**_summary(row))


def event(row: Event) -> EventResponse:
    request = Redactor().clean(row.request)  # what a stranger's headers hold is for templates, not for readers
    sender: dict[str, Any] = {"sent_by_run": str(row.cause_run), "depth": row.depth} if row.cause_run else {}
    sender |= {"root": str(row.root)} if row.root else {}
    return EventResponse(
        **_summary(row),
        data=row.data,
        **_given(request=request, extensions=row.extensions, warnings=row.warnings, dead_at=row.dead_at),
        **sender,
    )


def _given(**values: Any) -> dict[str, Any]:
    """The values that are there: fields that are not set are not in the answer."""
    return {name: value for name, value in values.items() if value is not None}


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
