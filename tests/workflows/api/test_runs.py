"""Runs over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from core.services import secrets
from tests import factories
from tests.conftest import ClientFor
from tests.workflows.api.conftest import Flow
from tests.workflows.asking import action_of, asking, step
from triggers.models import Event
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import execution

pytestmark = pytest.mark.django_db

UNTOUCHED: dict[str, Any] = {
    "replay_of": None, "replayed_from": None, "replays": [], "repairs": [], "events": [], "more": {},
}  # fmt: skip

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
        "actions_next": None,
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
        **dict.fromkeys(["ending", "held", "deadline_at"]),
        "error": None,
        "output": None,
        "variables": {},
        "usage": {
            "ai_tokens": 0,
            "estimated_cost": 0,
            "webhooks_called": 0,
            "http_calls": 0,
            "emails_sent": 0,
            "actions": 1,
        },
        "notifications": [],
        "lineage": {
            "depth": 0,
            "root": None,
            "parent": None,
            "cause": None,
            "children": [],
            "consequences": [],
            **UNTOUCHED,
        },
    }


def test_a_run_shows_each_action_with_its_attempts(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(factories.log_event("hello {{ lead.name }}")))
    run = finished_run(workspace)

    (shown,) = api.get(f"{URL}{run.pk}/").json()["actions"]

    times = dict.fromkeys(["started_at", "finished_at", "duration_ms"], ANY)
    nothing = dict.fromkeys(["request", "response", "error"])
    attempt = {"number": 1, "outcome": "completed", "input": {"message": "hello Ada"}, "usage": {}}
    attempt |= {**nothing, **times}
    assert shown == {
        "id": ANY,
        "key": "log_event",
        "type": "log_event",
        "iteration": None,
        "index": None,
        "parent": None,
        "item": None,
        "status": "completed",
        "port": "done",
        "attempts": [attempt],
        "input": {"message": "hello Ada"},
        "output": {"message": "hello Ada", "level": "info", "fields": {}},
        "reused": None,
        "error": None,
        "usage": {},
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
        ({"since": "2020-01-01", "until": "2190-01-01T00:00:00+02:00"}, 1),
        ({"since": "2190-01-01"}, 0),
        ({"until": "2020-01-01"}, 0),
        ({"until": "2020-01-01", "status": "completed"}, 0),
    ],
    ids=str,
)
def test_runs_are_filtered(api: APIClient, workspace: Workspace, query: dict[str, str], number: int) -> None:
    factories.published(workspace)
    run = finished_run(workspace)
    Event._base_manager.filter(pk=run.event_id).update(event_id="signup-1")

    assert len(api.get(URL, query).json()["results"]) == number
    if not {"workflow", "parent"} & {*query}:
        assert len(api.get("/api/v1/workflows/greet/runs/", query).json()["results"]) == number
    assert len(api.get(URL, {"workflow": str(run.workflow_id), "event": str(run.event_id)}).json()["results"]) == 1


@pytest.mark.parametrize(
    "query", [{"status": "nonsense"}, {"limit": "x"}, {"stats": "failed"}, {"parent": "x"}, {"since": "x"}], ids=str
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
    api: APIClient, flow: Flow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = {"for_each": {"items": [1, 2], "max_parallel": 2}}
    run = flow(*[step(f"a{number}") for number in range(5)], {**asking(), **items})
    api.get(URL)

    # the key, the run, its actions, their attempts, the runs that they started, those that handle its failure, those
    # that do it again, the events that it sent, who was told
    with django_assert_num_queries(9):
        api.get(f"{URL}{run.pk}/")


def test_a_run_of_a_graph_shows_where_everything_is(api: APIClient, workspace: Workspace, flow: Flow) -> None:
    body = [step("line"), {"id": "rest", "type": "delay", "params": {"seconds": 60}}]
    loop = {"id": "each", "type": "loop", "for_each": {"items": ["a", "b"], "max_parallel": 2}, "actions": body}
    check = {"id": "which", "type": "condition", "params": {"if": {"field": "x", "operator": "eq", "value": 1}}}
    run = flow(check, {**loop, "needs": ["which.false"]}, data={"x": 2}, settings={"timeout_seconds": 3600})

    answer = api.get(f"{URL}{run.pk}/").json()

    names = {each["id"]: f"{each['key']} {each['iteration'] or ''}".strip() for each in answer["actions"]}
    assert [
        (names[each["id"]], each["status"], each["index"], each["item"], names.get(each["parent"]))
        for each in answer["actions"]
    ] == [
        ("which", "completed", None, None, None),
        ("each", "waiting", None, None, None),
        ("each 0", "waiting", 0, "a", "each"),
        ("each 1", "waiting", 1, "b", "each"),
        ("line 0", "completed", 0, None, "each 0"),
        ("line 1", "completed", 1, None, "each 1"),
        ("rest 0", "waiting", 0, None, "each 0"),
        ("rest 1", "waiting", 1, None, "each 1"),
    ]
    holds, waits = {"kind": "actions", "is_ending": False}, answer["actions"][-1]
    assert [each["waiting_for"] for each in answer["actions"]][:6] == [None, holds, holds, holds, None, None]
    assert waits["waiting_for"] == {"kind": "time", "until": waits["due_at"]}
    assert answer["actions"][0]["port"] == "false"
    assert (answer["status"], answer["ending"]) == ("waiting", None)
    deadline, created = (datetime.fromisoformat(answer[name]) for name in ("deadline_at", "created_at"))
    assert deadline - created == timedelta(seconds=3600)


def test_a_run_and_the_run_that_it_started_lead_to_each_other(api: APIClient, flow: Flow, workspace: Workspace) -> None:
    below = factories.definition(asking(), name="Below", trigger={"type": "below.called"})
    factories.published(workspace, below)
    run = flow({"id": "call", "type": "workflow", "params": {"workflow": "Below"}})

    (child,) = api.get(URL, {"parent": str(run.pk)}).json()["results"]

    shown, call = (api.get(f"{URL}{run.pk}/").json(), action_of(run, "call"))
    parent = {"run": str(run.pk), "action": "call", "action_run": str(call.pk)}
    assert shown["actions"][0]["waiting_for"] == {"kind": "run", "run": child["id"]}
    assert shown["lineage"]["children"] == [child["id"]]
    root = shown["event"]["uid"]
    assert api.get(f"{URL}{child['id']}/").json()["lineage"] == {
        "depth": 1, "root": root, "parent": parent, "cause": None, "children": [], "consequences": [], **UNTOUCHED,
    }  # fmt: skip
    assert api.get(URL, {"parent": child["id"]}).json()["results"] == []


def test_a_secret_in_a_question_is_not_shown(api: APIClient, flow: Flow, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        secrets.put(name="word", value="hunter22")

    run = flow(asking(message="Is it {{ secrets.word }}?"))

    answer = api.get(f"{URL}{run.pk}/")
    assert answer.json()["actions"][0]["waiting_for"]["message"] == "Is it {{ secrets.word }}?"
    assert "hunter22" not in answer.content.decode()


def test_the_port_that_fired_is_shown_also_when_it_is_the_default_one(
    api: APIClient, flow: Flow, workspace: Workspace
) -> None:
    ask = {"type": "condition", "params": {"if": {"field": "n", "operator": "gt", "value": 0}}}
    each = {**ask, "params": {"if": {"field": "item", "operator": "gt", "value": 1}}, "for_each": [1, 2]}
    failing = {"type": "fail", "params": {"message": "x"}, "allow_failure": True}
    run = flow(
        {"id": "which", **ask},
        {"id": "no", **factories.log_event("x"), "needs": ["which.false"]},
        {"id": "each", **each, "needs": ["which.true"]},
        {"id": "bad", **failing, "needs": []},
        data={"n": 1},
    )

    answer = api.get(f"{URL}{run.pk}/").json()

    assert [(each["key"], each["index"], each["port"]) for each in answer["actions"]] == [
        ("which", None, "true"),
        ("no", None, None),
        ("each", None, "done"),
        ("each", 0, "false"),
        ("each", 1, "true"),
        ("bad", None, "error"),
    ]
