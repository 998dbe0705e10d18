"""Retry and replay of many runs: the single operations behind them do what the preview said."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from core.models import Workspace
from tests import factories, runner
from tests.workflows.services.bulk.doing import audited, counts, steps
from triggers.services import matching
from workflows.engine.repairs import Target
from workflows.models import RepairItem, Run, Workflow
from workflows.services.bulk import previewing, requesting, table
from workflows.services.bulk.filters import RunFilter
from workflows.services.bulk.operation import Effects
from workflows.services.bulk.previewing import Preview
from workflows.services.bulk.requesting import Request
from workflows.services.repair import retrying

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

FAILED = RunFilter.model_validate({"status": "failed", "error_code": "http_503"})


def failed_runs(workspace: Workspace, server: HTTPServer, number: int) -> Workflow:
    """Runs that called one service, and failed at another one that is down."""
    server.expect_request("/first").respond_with_data("{}")
    server.expect_request("/crm").respond_with_data("", status=503)
    steps_ = [
        {"id": key, "type": "http_request", "params": {"method": "POST", "url": server.url_for(f"/{key}")}}
        for key in ("first", "crm")
    ]
    once = {"retry": {"max_attempts": 1}}
    workflow = factories.published(workspace, factories.definition(*[{**each, **once} for each in steps_]))
    for _ in range(number):
        matching.match(factories.event(workspace).pk)
    runner.drain()
    Run.objects.update(error={"code": "http_503", "message": "down", "action": "crm"})
    return workflow


def come_up(server: HTTPServer) -> None:
    server.clear()
    for path in ("/first", "/crm"):
        server.expect_request(path).respond_with_data("{}")


def preview(name: str, **written: Any) -> Preview:
    operation = table.find(Target.RUN, name)
    return previewing.preview(operation, FAILED, options=table.options(operation, written), per_second=10.0)


def done(name: str, expected: int, **written: Any) -> tuple[int, int, int]:
    """Do it all; what its items came to."""
    operation = table.find(Target.RUN, name)
    asked = Request(operation, FAILED, table.options(operation, written), expected, "Ada", per_second=100.0)
    repair = requesting.request(asked).repair
    steps(repair)
    assert repair.status == "completed"
    return counts(repair)


def test_a_retry_executes_what_the_preview_says_and_nothing_that_is_confirmed(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    failed_runs(workspace, httpserver, 3)
    shown = preview("retry")
    come_up(httpserver)

    assert done("retry", shown.matched) == (3, 0, 0)
    runner.drain()

    assert (shown.matched, shown.effects) == (3, Effects(executed=3, skipped=3))
    assert [request.path for request, _ in httpserver.log] == ["/crm"] * 3
    assert set(Run.objects.values_list("status", flat=True)) == {"completed"}
    assert len(audited("run.retried")) == 3


def test_a_run_that_somebody_else_retried_is_skipped(workspace: Workspace, httpserver: HTTPServer) -> None:
    failed_runs(workspace, httpserver, 1)
    operation = table.find(Target.RUN, "retry")
    repair = requesting.request(Request(operation, FAILED, operation.options(), 1, "Ada")).repair
    retrying.retry(Run.objects.get().pk, by="Bob", reason="faster")

    steps(repair)

    assert counts(repair) == (0, 0, 1)


@pytest.mark.parametrize(
    ("written", "calls", "effects"),
    [
        ({}, ["/crm", "/crm", "/first", "/first"], Effects(executed=4)),
        ({"from_action": "crm", "version": "current"}, ["/crm", "/crm"], Effects(executed=2, skipped=2)),
    ],
    ids=["from-the-start", "from-an-action"],
)
def test_a_replay_starts_one_new_run_for_each_and_executes_what_the_preview_says(
    workspace: Workspace, httpserver: HTTPServer, written: dict[str, str], calls: list[str], effects: Effects
) -> None:
    failed_runs(workspace, httpserver, 2)
    shown = preview("replay", **written)
    come_up(httpserver)

    assert done("replay", shown.matched, **written) == (2, 0, 0)
    runner.drain()

    assert shown.effects == effects
    assert sorted(request.path for request, _ in httpserver.log) == calls
    new = {pk for pk in RepairItem.objects.values_list("result_id", flat=True) if pk}
    assert len(new) == 2
    assert set(Run.objects.filter(pk__in=new).values_list("status", flat=True)) == {"completed"}


def test_a_replay_that_cannot_be_is_told_by_the_preview_and_has_failed(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    workflow = failed_runs(workspace, httpserver, 1)
    Workflow.objects.filter(pk=workflow.pk).update(status="paused")

    shown = preview("replay")

    assert (shown.matched, shown.refused, shown.effects) == (1, 1, Effects())
    assert shown.warnings[0].startswith("1 would be refused; the first: ")
    assert done("replay", 1) == (0, 1, 0)
