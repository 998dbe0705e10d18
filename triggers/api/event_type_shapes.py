"""What the API takes and gives about event types."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.api.queries import ListQuery
from core.api.shapes import Page
from triggers.engine import patterns
from triggers.models import Validation
from triggers.selectors.event_types import KnownType

Label = Annotated[str, Field(min_length=1, max_length=100)]


class EventTypeChange(BaseModel):
    """What can be said about a type of events."""

    model_config = ConfigDict(extra="forbid")

    description: str = Field("", max_length=2000)
    producer: str = Field("", max_length=200, description="Who sends it", examples=["crm"])
    labels: list[Label] = Field([], max_length=200, description="Words that go with it, e.g. what a detector can find")
    schema_: dict[str, Any] | None = Field(None, alias="schema", description="JSON Schema (2020-12) of the data")
    sample: Any = Field(None, description="Data of such an event; fits the schema")
    validation: Validation = Field(
        Validation.OFF, description="Whether data that does not fit is accepted, accepted with warnings, or refused"
    )

    def values(self) -> dict[str, Any]:
        """All of it by column, but for a name."""
        return self.model_dump(exclude={"name", "schema_"}) | {"schema": self.schema_}

    def given(self) -> dict[str, Any]:
        """What was sent, by column."""
        sent = {field.removesuffix("_") for field in self.model_fields_set}
        return {name: value for name, value in self.values().items() if name in sent}


class EventTypeRequest(EventTypeChange):
    """A type of events to register."""

    name: str = Field(examples=["lead.created"], description="The `type` of its events; never changes")

    @field_validator("name")
    @classmethod
    def is_name(cls, value: str) -> str:
        check_name(value)
        return value


class EventTypeQuery(ListQuery):
    """Which types a list shows: those after the cursor, a name."""


class EventTypeResponse(BaseModel):
    """A type of events: one that was registered, or only seen. `seen` counts those whose triggers have decided."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str
    registered: bool
    description: str
    producer: str
    labels: list[str]
    schema_: dict[str, Any] | None = Field(alias="schema")
    sample: Any
    validation: Validation
    seen: int
    last_seen_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None


class EventTypePage(Page[EventTypeResponse]):
    """Types of events, by name. `previous` is always null."""


def check_name(text: str) -> None:
    """Raise ValueError for what cannot be the type of an event."""
    if not patterns.is_name(text):
        raise ValueError("expected letters, digits, _ / : + and -, in names joined by dots, like lead.created")


def event_type(known: KnownType) -> EventTypeResponse:
    row = known.row
    return EventTypeResponse(
        name=known.name,
        registered=row is not None,
        description=row.description if row else "",
        producer=row.producer if row else "",
        labels=row.labels if row else [],
        schema=row.schema if row else None,
        sample=row.sample if row else None,
        validation=Validation(row.validation) if row else Validation.OFF,
        seen=known.seen,
        last_seen_at=known.last_seen_at,
        created_at=row.created_at if row else None,
        updated_at=row.updated_at if row else None,
    )
