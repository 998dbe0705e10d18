"""Cancelling runs over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import races, runner
from tests.conftest import ClientFor
from tests.runner import states
from tests.workflows.api.conftest import Flow
from tests.workflows.asking import action_of, asking, step
from workflows.models import ActionRun, Run

pytestmark = pytest.mark.django_db


def cancel(client: APIClient, run: Run) -> Any:
    return client.post(f"/api/v1/workflow-runs/{run.pk}/cancel/")


def test_a_run_that_waits_is_cancelled_and_says_by_whom(api: APIClient, flow: Flow) -> None:
    run = flow(asking(), step("after"))

    answer = cancel(api, run)

    assert answer.status_code == 200
    assert answer.json() == api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    error = answer.json()["error"]
    assert (error["code"], error["action"]) == ("cancelled", None)
    assert error["message"].startswith("Cancelled by key ")
    assert (answer.json()["status"], answer.json()["ending"]) == ("cancelled", None)
    assert states(run) == {"ask": "cancelled", "after": "skipped"}


def test_cancelling_twice_is_cancelling_once(client_for: ClientFor, workspace: Workspace, flow: Flow) -> None:
    run = flow(asking())

    first, second = (cancel(client_for(workspace), run) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_a_run_that_has_ended_is_not_cancelled(api: APIClient, flow: Flow, status: str) -> None:
    run = flow(step("x") if status == "completed" else {"id": "x", "type": "fail", "params": {"message": "no"}})

    answer = cancel(api, run)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == f"The run has {status} already; there is nothing to cancel."
    with tenancy.scope(run.workspace_id):
        run.refresh_from_db()
    assert run.status == status


def test_what_runs_is_let_end_and_the_run_says_what_it_will_be(api: APIClient, flow: Flow) -> None:
    run = flow(asking(), step("after"))
    with tenancy.scope(run.workspace_id):
        ActionRun.objects.filter(run=run, key="ask").update(status="running", due_at=None)

    answer = cancel(api, run).json()

    assert (answer["status"], answer["ending"], answer["finished_at"]) == ("waiting", "cancelled", None)
    assert states(run) == {"ask": "running", "after": "skipped"}
    (listed,) = api.get("/api/v1/workflow-runs/").json()["results"]
    assert listed["ending"] == "cancelled"


def test_a_run_whose_end_is_decided_otherwise_keeps_it(api: APIClient, flow: Flow) -> None:
    run = flow(asking())
    with tenancy.scope(run.workspace_id):
        Run.objects.filter(pk=run.pk).update(outcome="failed", error={"code": "x", "message": "y", "action": None})

    answer = cancel(api, run)

    assert (answer.status_code, answer.json()["ending"], answer.json()["error"]["code"]) == (200, "failed", "x")


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 200)])
def test_operators_cancel(client_for: ClientFor, workspace: Workspace, flow: Flow, role: Role, status: int) -> None:
    run = flow(asking())

    assert cancel(client_for(workspace, role), run).status_code == status
    assert states(run) == {"ask": "waiting" if status == 403 else "cancelled"}


def test_a_run_of_another_workspace_does_not_exist(
    client_for: ClientFor, other_workspace: Workspace, flow: Flow
) -> None:
    run = flow(asking())
    stranger = client_for(other_workspace)

    answers = [cancel(stranger, run), stranger.post("/api/v1/workflow-runs/nonsense/cancel/")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert states(run) == {"ask": "waiting"}


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_cancellation_at_once_leave_no_run_that_hangs(
    client_for: ClientFor, workspace: Workspace, flow: Flow
) -> None:
    run = flow(asking(), step("after"))
    row, clients = action_of(run, "ask"), [client_for(workspace) for _ in range(2)]
    url = f"/api/v1/workflow-runs/{run.pk}/actions/{row.pk}/decide/"

    decided, cancelled = races.at_once(
        lambda number: (
            cancel(clients[1], run) if number else clients[0].post(url, {"decision": "approved"}, format="json")
        ),
        threads=2,
    )

    runner.drain()
    with tenancy.scope(workspace.pk):
        run.refresh_from_db()
    assert cancelled.status_code == 200
    assert decided.status_code in {200, 409}
    assert (run.status, states(run)["after"]) == ("cancelled", "skipped")
