"""How a workflow does, over HTTP."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import Instant, Query, parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, Problem
from workflows.selectors import stats
from workflows.selectors import workflows as selectors

DEFAULT_PERIOD = timedelta(days=30)
MAX_PERIOD = timedelta(days=366)
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class StatsQuery(Query):
    """Which period."""

    since: Instant | None = Field(None, ge=_FIRST, lt=_LAST, description="From then on; default: 30 days earlier")
    until: Instant | None = Field(None, ge=_FIRST, lt=_LAST, description="Before then; default: now")


class StatsResponse(BaseModel):
    """What a workflow did in a period."""

    since: datetime
    until: datetime
    events_seen: int = Field(description="Events that its triggers listened to and decided on")
    matched: int = Field(description="Those that met everything that was asked for: fired, suppressed and pending")
    fired: int = Field(description="Those that started a run")
    suppressed: int = Field(description="Those that were held back")
    pending: int = Field(description="Those that wait for others to start a run with")
    undecided: int = Field(description="Those on which a trigger could not be asked: its predicates failed")
    runs: dict[str, int] = Field(description="{total, completed, failed, ...}: every status, all ways to start")
    avg_duration_ms: int | None = Field(description="Of the runs that ended; null where none did")
    p95_duration_ms: int | None = Field(description="19 of 20 runs that ended took so long; up to 2 % more")
    usage: dict[str, int | float] = Field(description="As of a run, added up")
    is_estimate: bool = Field(
        description=f"Whether over {stats.COUNTED_RUNS:,} runs were not counted yet: `usage.actions` is an estimate"
    )


class WorkflowStatsViewSet(WorkspaceViewSet):
    """Figures about a workflow."""

    area = "runs"

    @extend_schema(
        operation_id="workflows_stats",
        parameters=[OpenApiParameter("workflow_id", str, OpenApiParameter.PATH), *parameters(StatsQuery)],
        responses=StatsResponse,
    )
    def list(self, request: Request, workflow_id: str) -> Response:
        """What it saw, started and used up in a period, and how long its runs took."""
        workflow, query = selectors.find(workflow_id), self.query(StatsQuery)
        return answer(of_period(workflow.pk, query))


def of_period(workflow_id: UUID, query: StatsQuery) -> StatsResponse:
    """The figures of a workflow in a period. Raises `InvalidError` for one that is none, or too long."""
    until = query.until or timezone.now()
    since = query.since or max(until - DEFAULT_PERIOD, _FIRST)
    if not timedelta(0) < until - since <= MAX_PERIOD:
        message = f"A period is one of at most {MAX_PERIOD.days} days: `since` before `until`."
        raise InvalidError("The period is not valid.", problems=[Problem("/since", "invalid", message)])
    return _shape(stats.of_workflow(workflow_id, since=since, until=until), since=since, until=until)


def _shape(found: stats.Stats, *, since: datetime, until: datetime) -> StatsResponse:
    return StatsResponse(
        since=since,
        until=until,
        events_seen=found.seen.events,
        matched=found.fired + found.seen.suppressed + found.seen.pending,
        fired=found.fired,
        suppressed=found.seen.suppressed,
        pending=found.seen.pending,
        undecided=found.seen.failed,
        runs=found.runs,
        avg_duration_ms=found.avg_duration_ms,
        p95_duration_ms=found.p95_duration_ms,
        usage=found.usage,
        is_estimate=found.is_estimate,
    )
