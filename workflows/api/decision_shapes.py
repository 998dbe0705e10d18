"""What the API takes and gives about why a workflow started or did not."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core import validation
from core.api.queries import Instant, ListQuery
from core.api.shapes import Listing, Page
from triggers.api import decision_shapes, shapes
from triggers.api.decision_shapes import DecisionResponse
from triggers.models import Event
from triggers.services.explaining import Account
from workflows.selectors.events import Verdict


class DecisionQuery(ListQuery):
    """Which decisions of a workflow."""

    verdict: Verdict | None = Field(
        None, description="Which events: those that fired a trigger (fired), none (no), held one back, failed or wait"
    )


class ExplainRequest(BaseModel):
    """An event: the id of one that came, or one as it could come, in short form."""

    model_config = ConfigDict(extra="forbid")

    event: str | shapes.EventRequest = Field(description="The id of an event, or an event in short form")
    draft: bool = Field(False, description="Ask the draft and not what is, or was, active")
    trigger: str = Field(
        "", description="Of a new event: the key of the trigger that it is for, as from its own webhook or schedule"
    )
    at: Instant | None = Field(
        None,
        ge=datetime(2, 1, 1, tzinfo=UTC),  # in any time zone, it is within the years that there are
        lt=datetime(9999, 1, 1, tzinfo=UTC),
        description="The instant that `now` and `time` are read at; default: now",
    )

    @field_validator("event", mode="before")
    @classmethod
    def is_one_of_both(cls, value: Any) -> Any:
        if not (value and isinstance(value, str | Mapping)):
            raise ValueError("expected the id of an event, or an event: {...}")
        return value

    @model_validator(mode="after")
    def is_consistent(self) -> "ExplainRequest":
        if self.trigger and isinstance(self.event, str):
            raise ValueError("an event that came says itself which trigger it is for; `trigger` is for a new event")
        if self.at is not None and isinstance(self.event, str) and not self.draft:
            raise ValueError(
                "an event that came was decided at its own instant; `at` is for a draft or for a new event"
            )
        return self


def explain_request(document: Mapping[str, Any]) -> ExplainRequest:
    """Read the request. Raises `InvalidError`; what is wrong with an event is told by its own paths."""
    shapes.check_event(document)
    return validation.parse(ExplainRequest, document)


class EventName(BaseModel):
    """Which event."""

    id: str
    uid: str
    type: str
    received_at: datetime


class EventDecision(DecisionResponse):
    """What became of an event at one trigger of the workflow."""

    event: EventName


class EventDecisionPage(Page[EventDecision]):
    """What became of the events that the workflow may have started for, newest first.

    A page is one of events, each with a decision for every trigger of the workflow.
    """


class DecisionListing(Listing[DecisionResponse]):
    """What each trigger of the workflow does with the event."""


def decisions(event: Event, accounts: Iterable[Account]) -> list[EventDecision]:
    name = EventName(id=event.event_id, uid=str(event.pk), type=event.type, received_at=event.received_at)
    return [EventDecision(**decision_shapes.fields(each), event=name) for each in accounts]


def listing(accounts: Iterable[Account]) -> DecisionListing:
    return DecisionListing(results=[decision_shapes.decision(each) for each in accounts])
