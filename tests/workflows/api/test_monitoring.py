"""How a workspace does, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import factories, runner
from tests.conftest import ClientFor
from triggers.services import matching
from workflows.models import Run, Workflow

pytestmark = pytest.mark.django_db

URL = "/api/v1/monitoring/"
FAILS = {"id": "stop", "type": "fail", "params": {"message": "no"}}
COSTS = {"type": "test_trying", "params": {"succeed_on_attempt": 1, "costs": 0.1}}


def happen(workspace: Workspace, *actions: dict[str, Any], name: str, times: int = 1) -> Workflow:
    type_ = f"{name}.happened"
    workflow = factories.published(workspace, factories.definition(*actions, name=name, trigger={"type": type_}))
    matching.match_many([factories.event(workspace, type_).pk for _ in range(times)])
    runner.drain()
    return workflow


def test_a_dashboard_is_of_the_workspace_alone(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    workflow = happen(workspace, FAILS, name="bad", times=2)
    happen(workspace, name="good")
    happen(other_workspace, FAILS, name="others")

    found = api.get(f"{URL}dashboard/").json()

    assert {status: count for status, count in found["runs_24h"].items() if count} == {"completed": 1, "failed": 2}
    assert found["runs_now"] == {"queued": 0, "running": 0, "waiting": 0, "needs_decision": 0, "held": 0}
    [failing] = found["failing_workflows"]
    assert (failing["workflow"], failing["failed"], failing["runs"], failing["failure_percent"]) == (
        {"id": str(workflow.pk), "name": "bad"}, 2, 2, 100.0,
    )  # fmt: skip
    assert failing["last_error"]["code"] == "failed"
    assert [(each["name"], each["waiting"], each["backlog"]) for each in found["queues"]] == [
        ("events", 0, 0), ("actions", 0, 0), ("notifications", 0, 0),
    ]  # fmt: skip
    assert (found["dead_letters"], found["paused_workflows"]) == ({"action": 2}, [])
    empty = client_for(factories.WorkspaceFactory.create(), Role.VIEWER).get(f"{URL}dashboard/").json()
    assert (sum(empty["runs_24h"].values()), empty["failing_workflows"], empty["dead_letters"]) == (0, [], {})


def test_what_waits_and_is_held_is_counted(api: APIClient, workspace: Workspace) -> None:
    happen(workspace, {"id": "wait", "type": "delay", "params": {"seconds": 60}}, name="slow", times=2)
    factories.event(workspace, "slow.happened")
    with tenancy.scope(workspace.pk):
        Run.objects.filter(pk=Run.objects.all()[0].pk).update(status="queued", held_at=timezone.now())

    found = api.get(f"{URL}dashboard/").json()

    assert found["runs_now"] == {"queued": 1, "running": 0, "waiting": 1, "needs_decision": 0, "held": 1}
    assert [each["waiting"] + each["backlog"] for each in found["queues"]] == [1, 0, 0]


def test_executions_are_runs_and_the_hours_in_which_they_began(api: APIClient, workspace: Workspace) -> None:
    bad = happen(workspace, FAILS, name="bad")
    happen(workspace, name="good", times=2)
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    with tenancy.scope(workspace.pk):
        Run.objects.update(created_at=now, started_at=now, finished_at=now + timedelta(seconds=2))

    all_, some = api.get(f"{URL}executions/").json(), api.get(f"{URL}executions/", {"workflow": "bad"}).json()

    assert all_["hours"] == [
        {"at": hour.isoformat().replace("+00:00", "Z"), "runs": 3, "completed": 2, "failed": 1, "avg_duration_ms": 2000}
    ]
    assert len(all_["results"]) == 3
    assert [(each["workflow"]["id"], each["duration_ms"]) for each in some["results"]] == [(str(bad.pk), 2000)]
    assert [each["runs"] for each in some["hours"]] == [1]
    assert [each["runs"] for each in api.get(f"{URL}executions/", {"status": "failed"}).json()["hours"]] == [1]
    before = {"until": (now - timedelta(days=1)).isoformat()}
    assert api.get(f"{URL}executions/", before).json()["results"] == []


def test_usage_is_added_up_by_the_day_and_workflow(api: APIClient, workspace: Workspace) -> None:
    workflow = happen(workspace, COSTS, name="dear", times=3)
    happen(workspace, name="free")

    found = api.get(f"{URL}usage/").json()

    today = timezone.now().date().isoformat()
    assert [(each["on"], each["workflow"]["name"], each["runs"]) for each in found["results"]] == [
        (today, "dear", 3), (today, "free", 1),
    ]  # fmt: skip
    assert found["results"][0]["workflow"]["id"] == str(workflow.pk)
    assert [each["usage"]["estimated_cost"] for each in found["results"]] == [0.3, 0]
    assert len(api.get(f"{URL}usage/", {"workflow": "free"}).json()["results"]) == 1


@pytest.mark.parametrize(("path", "days"), [("executions", 8), ("usage", 32)])
def test_a_period_that_is_too_long_or_ends_before_it_begins_is_refused(api: APIClient, path: str, days: int) -> None:
    now = timezone.now()
    for since in (now - timedelta(days=days), now + timedelta(days=1)):
        answer = api.get(f"{URL}{path}/", {"since": since.isoformat()})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/since")
    assert api.get(f"{URL}{path}/", {"workflow": "nobody"}).status_code == 404
    assert api.get(f"{URL}{path}/", {"until": "0001-01-01T00:00:00Z"}).status_code == 400
