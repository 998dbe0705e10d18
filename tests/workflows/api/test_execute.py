"""Workflows that somebody starts."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import factories, races, runner
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.models import Event
from workflows.models import Run, Workflow
from workflows.services import workflows

pytestmark = pytest.mark.django_db

SCHEMA = {
    "type": "object",
    "required": ["lead"],
    "properties": {"lead": {"properties": {"score": {"type": "integer"}}}},
}
MANUAL = {"type": "manual", "params": {"title": "Greet", "input": SCHEMA}}


def execute(client: APIClient, workflow: Workflow, body: Any = None, **headers: Any) -> Any:
    return client.post(f"/api/v1/workflows/{workflow.pk}/execute/", body or {}, format="json", headers=headers)


def runs(workspace: Workspace) -> list[Run]:
    with tenancy.scope(workspace.pk):
        return list(Run.objects.select_related("event").order_by("id"))


def test_a_workflow_is_started_with_data(api: APIClient, workspace: Workspace) -> None:
    action = factories.log_event("{{ lead.name }} by {{ trigger.type }}")
    workflow = factories.published(workspace, factories.definition(action, trigger=MANUAL))

    answer = execute(api, workflow, {"data": {"lead": {"name": "Ada"}}})

    [run] = runs(workspace)
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "run": str(run.pk),
            "workflow": str(workflow.pk),
            "event": str(run.event_id),
            "status": "queued",
            "duplicate": False,
        },
    )
    runner.drain()
    assert runner.outputs(run)["log_event"]["message"] == "Ada by manual"
    event = run.event
    assert (event.type, event.source, event.is_public, event.data) == (
        "manual.started", "manual", False, {"lead": {"name": "Ada"}}
    )  # fmt: skip
    assert event.matched_at is not None


def test_conditions_are_not_asked_and_any_trigger_will_do(api: APIClient, workspace: Workspace) -> None:
    never = {"field": "score", "operator": "gt", "value": 100}
    trigger = {"type": "lead.created", "filters": {"score": 1}}
    workflow = factories.published(workspace, factories.definition(trigger=trigger, conditions=never))

    assert execute(api, workflow).status_code == 202

    runner.drain()
    assert [run.status for run in runs(workspace)] == ["completed"]


@pytest.mark.parametrize("place", ["body", "header", "both"])
def test_with_one_key_there_is_one_run(api: APIClient, workspace: Workspace, place: str) -> None:
    workflow = factories.published(workspace)
    body = {} if place == "header" else {"idempotency_key": "start-1"}
    headers = {} if place == "body" else {"Idempotency-Key": "start-1"}

    first = execute(api, workflow, {**body, "data": {"n": 1}}, **headers)
    second = execute(api, workflow, {**body, "data": {"n": 2}}, **headers)

    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json() == {**first.json(), "duplicate": True}
    assert [(run.event.event_id, run.event.data) for run in runs(workspace)] == [("start-1", {"n": 1})]


def test_a_key_that_is_sent_again_is_answered_also_when_the_workflow_is_paused(
    api: APIClient, workspace: Workspace
) -> None:
    workflow = factories.published(workspace)
    first = execute(api, workflow, {"idempotency_key": "1"})
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)

    assert execute(api, workflow, {"idempotency_key": "1"}).json()["run"] == first.json()["run"]


def test_a_key_of_another_workflow_is_refused(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    other = factories.published(workspace, factories.definition(name="Other"))
    execute(api, workflow, {"idempotency_key": "1"})

    refused(execute(api, other, {"idempotency_key": "1"}), status=409, code="conflict")

    assert len(runs(workspace)) == 1


def test_the_same_key_in_another_workspace_is_another_run(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    for place in (workspace, other_workspace):
        workflow = factories.published(place)
        assert execute(client_for(place), workflow, {"idempotency_key": "1"}).status_code == 202


def test_data_that_does_not_fit_is_refused_where_it_stands(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace, factories.definition(trigger=MANUAL))

    missing = refused(execute(api, workflow), status=400, code="invalid")
    wrong = refused(execute(api, workflow, {"data": {"lead": {"score": "x"}}}), status=400, code="invalid")

    assert [problem["path"] for problem in missing + wrong] == ["/data/lead", "/data/lead/score"]
    assert runs(workspace) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"data": []}, "/data"),
        ({"nope": 1}, "/nope"),
        ({"idempotency_key": "x" * 256}, "/idempotency_key"),
        ({"idempotency_key": "a\nb"}, "/idempotency_key"),
        ({"idempotency_key": 7}, "/idempotency_key"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_is_none_is_refused(api: APIClient, workspace: Workspace, body: Any, path: str) -> None:
    workflow = factories.published(workspace)

    problems = refused(execute(api, workflow, body), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == [path]


def test_two_keys_are_refused(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)

    refused(execute(api, workflow, {"idempotency_key": "1"}, **{"Idempotency-Key": "2"}), status=400, code="invalid")


@pytest.mark.parametrize(("is_paused", "message"), [(True, "is paused"), (False, "is draft")])
def test_a_workflow_that_is_not_active_is_not_started(
    api: APIClient, scope: Workspace, is_paused: bool, message: str
) -> None:
    workflow = workflows.create(factories.definition())
    if is_paused:
        workflows.publish(workflow, published_by="test")
        workflow.refresh_from_db()
        workflows.pause(workflow)

    answer = execute(api, workflow)

    refused(answer, status=409, code="conflict")
    assert message in answer.json()["detail"]
    assert Event.objects.count() == Run.objects.count() == 0


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 202), (Role.EDITOR, 202)])
def test_operators_may_start(client_for: ClientFor, workspace: Workspace, role: Role, status: int) -> None:
    workflow = factories.published(workspace)

    assert execute(client_for(workspace, role), workflow).status_code == status


def test_a_foreign_workflow_is_not_found(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    workflow = factories.published(workspace)

    refused(execute(client_for(other_workspace), workflow), status=404, code="not_found")

    assert runs(workspace) == []


def test_a_crash_after_the_event_leaves_nothing(
    api: APIClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    workflow = factories.published(workspace)
    with monkeypatch.context() as patch:
        patch.setattr("workflows.services.runs.start_by_hand", crash)
        with pytest.raises(RuntimeError, match="killed"):
            execute(api, workflow, {"idempotency_key": "1"})
    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 0

    assert execute(api, workflow, {"idempotency_key": "1"}).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_ten_who_start_with_one_key_at_once_get_one_run(client_for: ClientFor, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    clients = [client_for(workspace) for _ in range(10)]

    answers = races.at_once(lambda number: execute(clients[number], workflow, {"idempotency_key": "1"}), threads=10)

    assert len({answer.json()["run"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
