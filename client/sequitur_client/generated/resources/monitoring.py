"""`client.monitoring`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sequitur_client import binding
from sequitur_client.calls import Call, filled
from sequitur_client.generated import models as m


def monitoring_dashboard() -> Call[m.DashboardResponse]:
    """Runs by state, failing workflows, queues, dead letters and open circuit breakers of the workspace."""
    return Call(
        operation="monitoring_dashboard",
        method="GET",
        path=filled("/api/v1/monitoring/dashboard/"),
        answers={200: m.DashboardResponse},
    )


def monitoring_executions(
    *,
    cursor: str | None = None,
    limit: int | None = None,
    since: dt.datetime | None = None,
    status: Literal["queued", "running", "waiting", "completed", "failed", "cancelled", "needs_decision"] | None = None,
    until: dt.datetime | None = None,
    workflow: str | None = None,
) -> Call[m.ExecutionPage]:
    """Runs of a period across all workflows, newest first, with the numbers of each hour.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    since: Began at this time or later; default: a day before `until`
    status: The run's status
    until: Began before this time; default: now; at most 7 days in all
    workflow: The workflow's id or slug
    """
    return Call(
        operation="monitoring_executions",
        method="GET",
        path=filled("/api/v1/monitoring/executions/"),
        answers={200: m.ExecutionPage},
        query={
            "cursor": cursor,
            "limit": limit,
            "since": since,
            "status": status,
            "until": until,
            "workflow": workflow,
        },
    )


def monitoring_usage(
    *, since: dt.datetime | None = None, until: dt.datetime | None = None, workflow: str | None = None
) -> Call[m.UsageListing]:
    """What runs used up by the day and workflow: mails, webhooks, calls, tokens, estimated cost.

    since: From then on; default: 7 days before `until`
    until: Before then; default: now; at most 31 days in all
    workflow: The workflow's id or slug
    """
    return Call(
        operation="monitoring_usage",
        method="GET",
        path=filled("/api/v1/monitoring/usage/"),
        answers={200: m.UsageListing},
        query={"since": since, "until": until, "workflow": workflow},
    )


class Monitoring(binding.Resource):
    """What can be done with monitoring."""

    dashboard = binding.called(monitoring_dashboard)
    executions = binding.called(monitoring_executions)
    usage = binding.listed(monitoring_usage)


class AsyncMonitoring(binding.AsyncResource):
    """Calls that are awaited."""

    dashboard = binding.awaited(monitoring_dashboard)
    executions = binding.awaited(monitoring_executions)
    usage = binding.awaited_list(monitoring_usage)
