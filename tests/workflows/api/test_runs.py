"""Runs over HTTP."""

from typing import Any
from unittest.mock import ANY

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.conftest import ClientFor
from triggers.models import Event
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import execution

pytestmark = pytest.mark.django_db

URL = "/api/v1/workflow-runs/"


def finished_run(workspace: Workspace, *actions: dict[str, Any]) -> Run:
    """A run whose actions were executed here, one after the other."""
    event = factories.event(workspace, lead={"name": "Ada"})
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        run = Run.objects.get(event=event)
        for row in ActionRun.objects.filter(run=run):
            execution.execute(row.pk)
        return run


def test_a_run_shows_everything(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace, factories.definition(factories.log_event("hello {{ lead.name }}")))
    run = finished_run(workspace)

    answer = api.get(f"{URL}{run.pk}/").json()

    del answer["actions"]
    uid = str(run.event_id)
    assert answer == {
        "id": str(run.pk),
        "workflow": {"id": str(workflow.pk), "name": "Greet"},
        "version": 1,
        "status": "completed",
        "trigger": {"id": ANY, "key": "t1", "type": "event", "event_type": "lead.created"},
        "event": {
            "id": uid,
            "uid": uid,
            "type": "lead.created",
            "source": workspace.slug,
            "subject": "",
            "time": ANY,
            "data": {"lead": {"name": "Ada"}},
        },
        **dict.fromkeys(["created_at", "started_at", "finished_at", "duration_ms"], ANY),
        **dict.fromkeys(["ending", "deadline_at"]),
        "error": None,
        "output": None,
        "variables": {},
        "usage": {},
        "notifications": [],
        "lineage": {"depth": 0, "parent": None, "cause": None, "children": [], "consequences": []},
    }


def test_a_run_shows_each_action_with_its_attempts(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(factories.log_event("hello {{ lead.name }}")))
    run = finished_run(workspace)

    (shown,) = api.get(f"{URL}{run.pk}/").json()["actions"]

    times = dict.fromkeys(["started_at", "finished_at", "duration_ms"], ANY)
    nothing = dict.fromkeys(["request", "response", "error"])
    attempt = {"number": 1, "outcome": "completed", "input": {"message": "hello Ada"}, **nothing, **times}
    assert shown == {
        "id": ANY,
        "key": "log_event",
        "type": "log_event",
        "iteration": None,
        "index": None,
        "parent": None,
        "item": None,
        "status": "completed",
        "port": None,
        "attempts": [attempt],
        "input": {"message": "hello Ada"},
        "output": {"message": "hello Ada", "level": "info", "fields": {}},
        "error": None,
        "due_at": None,
        "waiting_for": None,
        **times,
    }


def test_a_token_in_an_output_is_not_shown(api: APIClient, workspace: Workspace) -> None:
    params = {"variables": {"token": "tok-123456"}}
    factories.published(workspace, factories.definition({"type": "set_variables", "params": params}))
    run = finished_run(workspace)

    answer = api.get(f"{URL}{run.pk}/")

    assert answer.json()["actions"][0]["output"] == {"token": "[redacted]"}
    assert "tok-123456" not in answer.content.decode()


def test_the_runs_of_a_workflow_are_listed_newest_first(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    runs = [finished_run(workspace) for _ in range(2)]
    factories.published(workspace, factories.definition(name="Other", trigger="deal.won"))

    rows = api.get(f"/api/v1/workflows/{workflow.pk}/runs/").json()["results"]

    assert [row["id"] for row in rows] == [str(runs[1].pk), str(runs[0].pk)]
    assert rows[0]["event"] == {"id": runs[1].event.event_id, "uid": str(runs[1].event_id), "type": "lead.created"}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 1),
        ({"status": "completed"}, 1),
        ({"status": "failed"}, 0),
        ({"workflow": "greet"}, 1),
        ({"workflow": "other"}, 0),
        ({"event": "signup-1"}, 1),
        ({"event": "signup-2"}, 0),
        ({"parent": "0198c0de-0000-7000-8000-000000000000"}, 0),
    ],
    ids=str,
)
def test_runs_are_filtered(api: APIClient, workspace: Workspace, query: dict[str, str], number: int) -> None:
    factories.published(workspace)
    run = finished_run(workspace)
    Event._base_manager.filter(pk=run.event_id).update(event_id="signup-1")

    assert len(api.get(URL, query).json()["results"]) == number
    assert len(api.get(URL, {"workflow": str(run.workflow_id), "event": str(run.event_id)}).json()["results"]) == 1


@pytest.mark.parametrize(
    "query", [{"status": "nonsense"}, {"limit": "x"}, {"stats": "failed"}, {"parent": "x"}], ids=str
)
def test_a_filter_that_means_nothing_is_refused(api: APIClient, query: dict[str, str]) -> None:
    answer = api.get(URL, query)

    assert (answer.status_code, [item["path"] for item in answer.json()["errors"]]) == (
        400,
        [f"/{name}" for name in query],
    )


def test_a_run_of_another_workspace_does_not_exist(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    factories.published(workspace)
    run = finished_run(workspace)
    stranger = client_for(other_workspace)

    assert stranger.get(f"{URL}{run.pk}/").status_code == 404
    assert stranger.get(URL).json()["results"] == []
    assert stranger.get(URL, {"workflow": str(run.workflow_id)}).json()["results"] == []


@pytest.mark.parametrize("number", [1, 5])
def test_a_longer_list_takes_no_more_queries(
    api: APIClient,
    workspace: Workspace,
    django_assert_num_queries: DjangoAssertNumQueries,
    number: int,
) -> None:
    factories.published(workspace)
    for _ in range(number):
        finished_run(workspace)
    api.get(URL)  # marks the key as used

    with django_assert_num_queries(2):  # the key with its workspace, and the page
        api.get(URL)


def test_a_run_with_more_actions_takes_no_more_queries(
    api: APIClient, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.published(workspace, factories.definition(*[factories.log_event("x") for _ in range(5)]))
    run = finished_run(workspace)
    api.get(URL)

    # the key, the run, its actions, their attempts, the runs that they started, those that handle its failure
    with django_assert_num_queries(6):
        api.get(f"{URL}{run.pk}/")
