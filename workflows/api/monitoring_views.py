"""How a workspace does, over HTTP: for dashboards and for bills."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core import tenancy
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, Problem
from workflows.api import monitoring_shapes, run_shapes
from workflows.selectors import dashboards, monitoring, workflows
from workflows.selectors import runs as runs_selectors
from workflows.selectors.monitoring import Period

_EARLIEST = datetime(1970, 2, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class DashboardViewSet(WorkspaceViewSet):
    """What one looks at first."""

    area = "runs"

    @extend_schema(operation_id="monitoring_dashboard", responses=monitoring_shapes.DashboardResponse)
    def list(self, request: Request) -> Response:
        """Runs by state, failing workflows, queues, dead letters and open circuit breakers of the workspace."""
        found = dashboards.read([tenancy.current_workspace_id()], now=timezone.now())
        return answer(monitoring_shapes.dashboard(found))


class ExecutionViewSet(WorkspaceViewSet):
    """Recent runs."""

    area = "runs"

    @extend_schema(
        operation_id="monitoring_executions",
        parameters=parameters(monitoring_shapes.ExecutionQuery),
        responses=monitoring_shapes.ExecutionPage,
    )
    def list(self, request: Request) -> Response:
        """Runs of a period across all workflows, newest first, with the numbers of each hour."""
        query = self.query(monitoring_shapes.ExecutionQuery)
        since, until = _period(query.since, query.until, default=timedelta(days=1), most=timedelta(days=7))
        workflow_id = _workflow(query.workflow)
        workflow = str(workflow_id) if workflow_id else None
        rows = runs_selectors.listed(workflow=workflow, status=query.status, since=since, until=until)
        found = self.page(rows, run_shapes.summary)
        hours = monitoring.hours(Period(since, until, workflow_id, query.status))
        found.data["hours"] = [monitoring_shapes.hour(each).model_dump(mode="json") for each in hours]
        return found


class UsageViewSet(WorkspaceViewSet):
    """What was used up."""

    area = "runs"

    @extend_schema(
        operation_id="monitoring_usage",
        parameters=parameters(monitoring_shapes.UsageQuery),
        responses=monitoring_shapes.UsageListing,
    )
    def list(self, request: Request) -> Response:
        """What runs used up by the day and workflow: mails, webhooks, calls, tokens, estimated cost."""
        found = monitoring.used(usage_period(self.query(monitoring_shapes.UsageQuery)))
        shapes = [monitoring_shapes.used(each) for each in found]
        return answer(monitoring_shapes.UsageListing(results=shapes))


def usage_period(query: monitoring_shapes.UsageQuery) -> Period:
    """The period that a query means. Raises `InvalidError`, and `NotFoundError` for a workflow that is not there."""
    since, until = _period(query.since, query.until, default=timedelta(days=7), most=timedelta(days=31))
    return Period(since, until, _workflow(query.workflow))


def _period(
    since: datetime | None, until: datetime | None, *, default: timedelta, most: timedelta
) -> tuple[datetime, datetime]:
    until = until or timezone.now()
    since = since or max(until, _EARLIEST + default) - default
    if not (timedelta(0) < until - since <= most and since >= _EARLIEST and until < _LATEST):
        message = f"A period is one of at most {most.days} days after 1970: `since` before `until`."
        raise InvalidError("The period is not valid.", problems=[Problem("/since", "invalid", message)])
    return since, until


def _workflow(name: str | None) -> UUID | None:
    return None if name is None else workflows.find(name).pk
