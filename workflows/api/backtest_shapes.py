"""What the API takes and gives about what a definition would have done with the events that came."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from core.api.queries import Instant
from core.errors import InvalidError, Problem
from triggers.api import decision_shapes
from triggers.api.decision_shapes import DecisionResponse
from triggers.models import Event
from triggers.ports import Verdict
from workflows.api.decision_shapes import EventDecision, EventName, decisions
from workflows.models import Workflow
from workflows.services.backtesting.backtesting import MAX_EVENTS, Backtest, Differing, Told
from workflows.services.backtesting.reading import Window

PERIOD = timedelta(days=7)
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class BacktestRequest(BaseModel):
    """Which definition decides, and on which events: the draft unless one of the others is given."""

    model_config = ConfigDict(extra="forbid")

    version: int | Literal["draft", "active"] = Field(
        "draft", description="The number of a version, the active one, or the draft"
    )
    draft: StrictBool = Field(False, description="The same as `version: draft`")
    definition: dict[str, Any] | None = Field(None, description="In the place of the draft: one that is not saved")
    since: Instant | None = Field(None, ge=_EARLIEST, lt=_LATEST, description="Default: seven days before `until`")
    until: Instant | None = Field(None, ge=_EARLIEST, lt=_LATEST, description="Not included; default: now")
    limit: int = Field(MAX_EVENTS, ge=1, le=MAX_EVENTS, description="The first so many events of that time")
    sample: int = Field(20, ge=0, le=100, description="How many events each list shows")

    @model_validator(mode="after")
    def is_consistent(self) -> "BacktestRequest":
        if sum([self.definition is not None, self.draft, self.version != "draft"]) > 1:
            raise ValueError("give one of definition, draft and version")
        return self

    def window(self, *, now: datetime) -> Window:
        """The period. Raises `InvalidError` for one that ends before it begins."""
        until = self.until or now
        since = self.since or until - PERIOD
        if since >= until:
            message = f"The period ends at {until.isoformat()}, and begins no sooner than that."
            raise InvalidError(message, problems=[Problem("/since", "invalid", message)])
        return Window(since, until, self.limit)

    def number(self, workflow: Workflow) -> int | None:
        """The number of the version that decides; None for a draft. Raises `InvalidError` without an active one."""
        if self.version != "active":
            return None if self.version == "draft" else self.version
        if workflow.active_version is None:
            message = "The workflow was never published; ask for its draft."
            raise InvalidError(message, problems=[Problem("/version", "unknown_version", message)])
        return workflow.active_version.number


class BacktestDifferenceResponse(BaseModel):
    """An event, what became of it (`did`), and what the definition would have done (`would`), by trigger."""

    event: EventName
    would: list[DecisionResponse]
    did: list[DecisionResponse]


class DifferencesResponse(BaseModel):
    """How many events, and the first of them."""

    count: int
    sample: list[BacktestDifferenceResponse]


class ComparedResponse(BaseModel):
    """Against what really happened: the events with which the workflow started and would have (`same`), and those with
    which only one of both is so."""

    active_version: int | None
    same: int
    would_fire_and_did_not: DifferencesResponse
    fired_and_would_not: DifferencesResponse


class BacktestResponse(BaseModel):
    """What the definition would have done. Counts are of decisions: one for each event and trigger that it meets.

    `events_seen` are those that the definition, or the workflow as it was, listens to. With `is_complete` false there
    are more than the limit, or than time: nothing is said of what came after `scanned_until`.
    """

    version: int | None = Field(description="null: a draft")
    since: datetime
    until: datetime
    events_seen: int
    matched: int = Field(description="The sum of the other four")
    fired: int
    suppressed: int
    pending: int = Field(description="Of which a debounce goes on at the end")
    failed: int
    held_by: dict[str, int] = Field(description="How many of those that did not fire, by the word for why")
    not_simulated: list[str] = Field(description="Controls of the definition that would hold back more")
    would_fire: list[EventDecision] = Field(description="The first that fire")
    would_not: list[EventDecision] = Field(description="The first that are met, and do not fire")
    compared: ComparedResponse
    is_complete: bool
    scanned_until: datetime | None


def backtest(found: Backtest, window: Window, *, number: int | None, active: int | None) -> BacktestResponse:
    counts = {verdict.value: found.verdicts[verdict] for verdict in Verdict}
    return BacktestResponse(
        version=number,
        since=window.since,
        until=window.until,
        events_seen=found.events_seen,
        matched=sum(counts.values()),
        **counts,
        held_by=dict(found.by_code),
        not_simulated=found.not_simulated,
        would_fire=_told(found.fired),
        would_not=_told(found.held),
        compared=ComparedResponse(
            active_version=active,
            same=found.same,
            would_fire_and_did_not=_differences(found.would_and_did_not),
            fired_and_would_not=_differences(found.did_and_would_not),
        ),
        is_complete=found.is_complete,
        scanned_until=found.scanned_until,
    )


def _told(sample: Iterable[Told]) -> list[EventDecision]:
    return [shown for event, account in sample for shown in decisions(event, [account])]


def _differences(found: Differing) -> DifferencesResponse:
    sample = [
        BacktestDifferenceResponse(
            event=_name(event),
            would=[decision_shapes.decision(each) for each in would],
            did=[decision_shapes.decision(each) for each in did],
        )
        for event, would, did in found.sample
    ]
    return DifferencesResponse(count=found.count, sample=sample)


def _name(event: Event) -> EventName:
    return EventName(id=event.event_id, uid=str(event.pk), type=event.type, received_at=event.received_at)
