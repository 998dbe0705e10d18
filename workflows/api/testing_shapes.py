"""What the API takes and gives about tests of a workflow in which nothing happens outside."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import validation
from core.api.queries import Instant
from triggers.api import decision_shapes, shapes
from triggers.api.decision_shapes import DecisionResponse
from triggers.services.explaining import FIRED
from workflows.api.shapes import ProblemResponse, problems_of
from workflows.services.rehearsal.report import Performed, Report
from workflows.services.rehearsal.testing import Tested

Json = dict[str, Any]

MAX_GIVEN = 500  # pins, and answers


class Given(BaseModel):
    """What answers in the place of the world."""

    model_config = ConfigDict(extra="forbid")

    pins: dict[str, Any] = Field(
        default_factory=dict,
        max_length=MAX_GIVEN,
        description="What actions come to without being performed, by id, or `id[3]` for one item of a loop: "
        'an output, or {"error": {"code", "message", "is_retryable"}}',
    )
    answers: dict[str, Any] = Field(
        default_factory=dict,
        max_length=MAX_GIVEN,
        description='What waits are answered: {"decision": "approved"}, {"event": {"type", "data"}} or "timeout"',
    )


class TestRequest(Given):
    """What is tested, with what. One of `event`, `event_id` and `run_id` is needed."""

    __test__ = False  # for pytest: it is no test

    event: shapes.EventRequest | None = Field(None, description="An event as it could come")
    event_id: str = Field("", max_length=255, description="The id of an event that came")
    run_id: str = Field("", max_length=64, description="A past run of the workflow: its event, its actions' outputs")
    version: int | Literal["draft"] = Field("draft", description="The number of a version, or the draft")
    definition: dict[str, Any] | None = Field(None, description="In the place of the draft: one that is not saved")
    trigger: str = Field("", max_length=100, description="The key of the trigger that the event is for")
    until: str = Field("", max_length=100, description="The last action that has its turn")
    steps: int | None = Field(None, ge=0, le=5000, description="How many turns there are; the answer says what is next")
    now: Instant | None = Field(
        None,
        ge=datetime(2, 1, 1, tzinfo=UTC),
        lt=datetime(9000, 1, 1, tzinfo=UTC),
        description="When it begins, by its own clock; default: now, or when the past run did",
    )

    @model_validator(mode="after")
    def is_consistent(self) -> "TestRequest":
        if self.event is not None and self.event_id:
            raise ValueError("give one of event and event_id")
        if self.definition is not None and self.version != "draft":
            raise ValueError("give one of definition and version")
        return self


def test_request(document: Mapping[str, Any]) -> TestRequest:
    """Read the request. Raises `InvalidError`; what is wrong with an event is told by its own paths."""
    shapes.check_event(document)
    return validation.parse(TestRequest, document)


class PerformedResponse(BaseModel):
    """One action, in the order in which it first had its turn."""

    action: str
    iteration: str = Field(description="The number of its item in a loop: 3, or 3.0 in a loop in a loop")
    type: str
    status: str
    attempts: int
    source: str | None = Field(
        description="Where the output came from: computed, pinned, past_run, sample, answer or assumed"
    )
    input: dict[str, Any] | None = Field(description="The parameters, rendered")
    output: dict[str, Any] | None
    would: dict[str, Any] | None = Field(description="What would have been sent, without secrets")
    error: dict[str, Any] | None
    ports: list[str] = Field(description="The ports that fired")
    why: str = Field(description="Why it was left out; else empty")
    waits_for: dict[str, Any] | None = Field(description="What it would have waited for")
    is_cut: bool = Field(description="Whether what went in and came out is left out, since the answer is long")


class FollowingResponse(BaseModel):
    """An action whose turn comes next."""

    action: str
    iteration: str
    status: str


class ReportResponse(BaseModel):
    """How a test went."""

    status: str = Field(description="completed, failed or cancelled, as of a run; stopped when it did not end")
    stopped_by: str = Field(description="until, steps, limit or waiting; empty when it ended")
    output: dict[str, Any] | None
    error: dict[str, Any] | None
    variables: dict[str, Any]
    actions: list[PerformedResponse]
    next: list[FollowingResponse]
    problems: list[ProblemResponse] = Field(description="Paths in templates that led nowhere")


class TestResponse(ReportResponse):
    """The test of a workflow. Nothing of it happened."""

    __test__ = False

    version: int | None = Field(description="Null for a draft")
    trigger: str = Field(description="The trigger as which it was tested; empty when none fires")
    would_start: bool = Field(description="Whether a trigger fires on the event")
    triggers: list[DecisionResponse] = Field(description="What each trigger would do, and why")


def tested(found: Tested) -> TestResponse:
    return TestResponse(
        **report(found.report).model_dump(),
        version=found.number,
        trigger=found.trigger_key,
        would_start=any(each.verdict == FIRED for each in found.triggers),
        triggers=[decision_shapes.decision(each) for each in found.triggers],
    )


def report(found: Report) -> ReportResponse:
    return ReportResponse(
        status=found.status,
        stopped_by=found.stopped_by,
        output=found.output,
        error=found.error,
        variables=found.variables,
        actions=[performed(each) for each in found.actions],
        next=[FollowingResponse(action=each.action, iteration=each.iteration, status=each.status)
              for each in found.next],
        problems=problems_of(found.problems),
    )  # fmt: skip


def performed(found: Performed) -> PerformedResponse:
    names = ("action", "iteration", "type", "status", "attempts", "input", "output", "would", "error", "why")
    return PerformedResponse(
        **{name: getattr(found, name) for name in names},
        source=found.source.value if found.source else None,
        ports=[*found.ports],
        waits_for=found.waits_for,
        is_cut=found.is_cut,
    )
