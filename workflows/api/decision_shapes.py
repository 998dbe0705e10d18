"""What the API takes and gives about why a workflow started or did not."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.api.queries import ListQuery
from core.api.shapes import Listing, Page
from triggers.api import decision_shapes, shapes
from triggers.api.decision_shapes import DecisionResponse
from triggers.models import Event
from triggers.services.explaining import Account
from workflows.selectors.events import Verdict


class DecisionQuery(ListQuery):
    """Which decisions of a workflow."""

    verdict: Verdict | None = Field(None, description="fired; no: any that did not; suppressed; failed")


class ExplainRequest(BaseModel):
    """An event: the id of one that came, or one as it could come, in short form."""

    model_config = ConfigDict(extra="forbid")

    event: str | shapes.EventRequest = Field(description="The id of an event, or an event in short form")
    draft: bool = Field(False, description="Ask the draft and not what is, or was, active")
    at: shapes.Instant | None = Field(
        None,
        ge=datetime(2, 1, 1, tzinfo=UTC),  # in any time zone, it is within the years that there are
        lt=datetime(9999, 1, 1, tzinfo=UTC),
        description="The instant that `now` and `time` are read at; default: now",
    )

    @model_validator(mode="after")
    def is_consistent(self) -> "ExplainRequest":
        if self.at is not None and isinstance(self.event, str) and not self.draft:
            raise ValueError(
                "an event that came was decided at its own instant; `at` is for a draft or for a new event"
            )
        return self


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
