"""What the API gives about how a workspace does."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from core.api.queries import Instant, ListQuery, Query
from core.api.shapes import Listing, Page
from workflows.api.run_shapes import Named, RunSummary
from workflows.engine.states import RunStatus
from workflows.selectors import dashboards
from workflows.selectors.dashboards import Dashboard, Failing
from workflows.selectors.monitoring import Hour, Used


class FailingResponse(BaseModel):
    """A workflow of which runs failed in the last 24 hours."""

    workflow: Named
    failed: int
    runs: int = Field(description="All that began in that time")
    failure_percent: float
    last_run: str
    last_error: dict[str, Any] | None = Field(description="{code, message, action} of the newest that failed")


class QueueResponse(BaseModel):
    """What workers have to do."""

    name: str = Field(description="events, actions or notifications")
    waiting: int
    backlog: int = Field(description="Those that wait until the workspace has room among the others")
    oldest_at: datetime | None = Field(description="Since when the oldest of `waiting` does")


class DashboardResponse(BaseModel):
    """How a workspace does at the moment."""

    runs_24h: dict[str, int] = Field(description="Runs that began in the last 24 hours, by status")
    runs_now: dict[str, int] = Field(description="Runs that have not ended, by status; `held` are among the queued")
    failing_workflows: list[FailingResponse] = Field(description="The ten with the most failures in 24 hours")
    queues: list[QueueResponse]
    dead_letters: dict[str, int] = Field(description="Open ones, by kind")
    paused_workflows: list[Named] = Field(description="Those whose circuit breaker is open, at most ten")
    counted_to: int = Field(description="No figure is counted any further")


class ExecutionQuery(ListQuery):
    """Which runs are shown and counted."""

    workflow: str | None = Field(None, description="The workflow's id or slug")
    status: RunStatus | None = Field(None, description="The run's status")
    since: Instant | None = Field(None, description="Began at this time or later; default: a day before `until`")
    until: Instant | None = Field(None, description="Began before this time; default: now; at most 7 days in all")


class HourResponse(BaseModel):
    """The runs that began in one hour."""

    at: datetime
    runs: int
    completed: int
    failed: int
    avg_duration_ms: int | None = Field(description="Of those that ended")


class ExecutionPage(Page[RunSummary]):
    """Runs, newest first, and the hours of the whole period."""

    hours: list[HourResponse] = Field(description="Hours in UTC in which a run began, oldest first")


class UsageQuery(Query):
    """Which period."""

    workflow: str | None = Field(None, description="The workflow's id or slug")
    since: Instant | None = Field(None, description="From then on; default: 7 days before `until`")
    until: Instant | None = Field(None, description="Before then; default: now; at most 31 days in all")


class UsageResponse(BaseModel):
    """What the runs of a workflow that began on one day used up."""

    on: date = Field(description="In UTC")
    workflow: Named
    runs: int
    usage: dict[str, int | float] = Field(description="As of a run, added up")


class UsageListing(Listing[UsageResponse]):
    """Days and workflows with runs, the newest day first."""


def dashboard(found: Dashboard) -> DashboardResponse:
    return DashboardResponse(
        runs_24h=found.recent,
        runs_now=found.now,
        failing_workflows=[_failing(each) for each in found.failing],
        queues=[
            QueueResponse(name=each.what, waiting=each.with_message, backlog=each.in_backlog, oldest_at=each.oldest_at)
            for each in found.waiting
        ],
        dead_letters=found.dead,
        paused_workflows=[_named(each.workflow_id, each.name) for each in found.paused],
        counted_to=dashboards.MOST,
    )


def _failing(each: Failing) -> FailingResponse:
    return FailingResponse(
        workflow=_named(each.workflow_id, each.name),
        failed=each.failed,
        runs=each.runs,
        failure_percent=each.percent,
        last_run=str(each.last_run_id),
        last_error=each.error,
    )


def _named(id_: UUID, name: str) -> Named:
    return Named(id=str(id_), name=name)


def hour(each: Hour) -> HourResponse:
    return HourResponse(
        at=each.at, runs=each.runs, completed=each.completed, failed=each.failed, avg_duration_ms=each.avg_duration_ms
    )


def used(each: Used) -> UsageResponse:
    return UsageResponse(on=each.on, workflow=_named(each.workflow_id, each.name), runs=each.runs, usage=each.usage)
