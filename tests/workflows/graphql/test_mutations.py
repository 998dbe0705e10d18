"""What is changed over GraphQL: the services of REST do it, and say the same about it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.errors import ConflictError
from core.models import AuditEntry, IdempotentAnswer, Workspace
from tests import factories, runner
from tests.workflows import asking
from tests.workflows.graphql.asked import URL, ask, data, refused
from workflows.api import run_shapes, shapes
from workflows.models import Run, Workflow, WorkflowVersion

pytestmark = pytest.mark.django_db

CREATE = "mutation ($input: WorkflowInput!) { createWorkflow(input: $input) { id slug status problems { path code } } }"
UPDATE = """mutation ($id: ID!, $input: WorkflowInput!) { updateWorkflow(id: $id, input: $input) { name revision } }"""
EXECUTE = """mutation ($id: ID!, $input: ExecuteInput) {
  executeWorkflow(id: $id, input: $input) { duplicate run { id status event { data } } } }"""


def trail(workspace: Workspace, target: str) -> list[tuple[str, str]]:
    """What the audit has of it, the oldest first, and of whom."""
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.filter(target=target).order_by("id")
        return [(row.action, row.actor.partition(" ")[0]) for row in rows]


def test_a_workflow_lives_over_graphql_alone(api: APIClient, workspace: Workspace) -> None:
    made = data(api, CREATE, input={"definition": factories.definition(name="Life")})["createWorkflow"]
    uid = made["id"]
    publish = (
        "mutation ($id: ID!) { publishWorkflow(id: $id) { version { number } runs { total } workflow { status } } }"
    )
    switch = "mutation ($id: ID!) { %s(id: $id) { status } }"

    assert made == {"id": uid, "slug": "life", "status": "draft", "problems": []}
    assert data(api, publish, id=uid)["publishWorkflow"] == {
        "version": {"number": 1}, "runs": {"total": 0}, "workflow": {"status": "active"},
    }  # fmt: skip
    changed = {"definition": factories.definition(factories.log_event("bye"), name="Afterlife"), "revision": 1}
    assert data(api, UPDATE, id=uid, input=changed)["updateWorkflow"] == {"name": "Afterlife", "revision": 2}
    patch = 'mutation ($id: ID!) { patchWorkflow(id: $id, input: {description: "x"}) { description revision } }'
    assert data(api, patch, id=uid)["patchWorkflow"] == {"description": "x", "revision": 3}
    assert data(api, publish, id=uid)["publishWorkflow"]["version"] == {"number": 2}
    back = "mutation ($id: ID!) { rollbackWorkflow(id: $id, input: {version: 1}) { workflow { activeVersion } } }"
    assert data(api, back, id=uid)["rollbackWorkflow"] == {"workflow": {"activeVersion": 1}}
    words = [
        data(api, switch % name, id=uid)[name]["status"]
        for name in ("pauseWorkflow", "resumeWorkflow", "archiveWorkflow", "restoreWorkflow")
    ]
    assert words == ["paused", "active", "archived", "paused"]
    assert data(api, "mutation ($id: ID!) { deleteWorkflow(id: $id) }", id=uid) == {"deleteWorkflow": uid}
    assert [name for name, _ in trail(workspace, "workflow")] == [
        f"workflow.{each}"
        for each in (
            "created", "published", "updated", "updated", "published", "rolled_back", "paused", "resumed", "archived",
            "restored", "deleted",
        )
    ]  # fmt: skip
    assert {who for _, who in trail(workspace, "workflow")} == {"key"}


def test_a_change_of_another_revision_is_refused_and_changes_nothing(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace, factories.definition(name="Old"))

    body = {"definition": factories.definition(name="New"), "revision": 7}
    for query, given in (
        (UPDATE, {"input": body}),
        ("mutation ($id: ID!) { deleteWorkflow(id: $id, revision: 7) }", {}),
        ("mutation ($id: ID!) { publishWorkflow(id: $id, input: {revision: 7}) { version { number } } }", {}),
    ):
        assert refused(api, query, id=str(row.pk), **given) == [(412, "precondition_failed")]

    row.refresh_from_db()
    assert (row.name, row.revision) == ("Old", 1)


def test_a_change_that_was_made_is_shown_though_not_all_of_it_can_be_read(
    api: APIClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*args: object) -> None:
        raise ConflictError("Not now.")

    row = factories.published(workspace)
    monkeypatch.setattr(shapes, "summary", failing)
    monkeypatch.setattr(run_shapes, "summary", failing)
    publish = "mutation ($id: ID!) { publishWorkflow(id: $id) { version { number } workflow { name } } }"

    published, started = ask(api, publish, id=str(row.pk)), ask(api, EXECUTE, id=str(row.pk))

    assert published["data"] == {"publishWorkflow": {"version": {"number": 1}, "workflow": None}}
    assert started["data"] == {"executeWorkflow": {"duplicate": False, "run": None}}
    assert [each["path"][:3] for each in (*published["errors"], *started["errors"][:1])] == [
        ["publishWorkflow", "workflow", "name"],
        ["executeWorkflow", "run", "id"],
    ]
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 1


def test_problems_stand_at_their_places(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)
    broken = factories.definition({"id": "a", "type": "no_such_type"})
    data(api, UPDATE, id=str(row.pk), input={"definition": broken})
    publish = (
        "mutation ($id: ID!, $input: PublishInput) { publishWorkflow(id: $id, input: $input) { version { number } } }"
    )

    (draft,) = ask(api, publish, id=str(row.pk))["errors"]
    (reason,) = ask(api, publish, id=str(row.pk), input={"skipTests": True})["errors"]
    long = ask(api, publish, id=str(row.pk), input={"reason": "x" * 3000, "runIds": ["no"]})["errors"]

    assert (draft["path"], draft["extensions"]["code"]) == (["publishWorkflow"], "invalid")
    assert [(each["path"], each["code"]) for each in draft["extensions"]["errors"]] == [
        ("/actions/0/type", "unknown_action_type")
    ]
    assert [each["path"] for each in reason["extensions"]["errors"]] == ["/input"]
    assert [each["path"] for each in long[0]["extensions"]["errors"]] == ["/input/reason", "/input/runIds/0"]
    with tenancy.scope(workspace.pk):
        assert WorkflowVersion.objects.filter(workflow=row).count() == 1


def test_each_change_is_one_transaction_and_those_before_a_failure_stay(api: APIClient, workspace: Workspace) -> None:
    two = factories.definition(name="Two")
    query = """mutation ($one: WorkflowInput!, $two: WorkflowInput!) {
      a: createWorkflow(input: $one) { name } b: createWorkflow(input: $one) { name }
      c: createWorkflow(input: $two) { name } }"""

    found = ask(api, query, one={"definition": factories.definition(name="One")}, two={"definition": two})

    assert found["data"] == {"a": {"name": "One"}, "b": None, "c": {"name": "Two"}}
    assert [(each["path"], each["extensions"]["code"]) for each in found["errors"]] == [(["b"], "conflict")]
    assert [name for name, _ in trail(workspace, "workflow")] == ["workflow.created"] * 2


def test_a_run_is_started_once_for_each_key(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)
    given = {"data": {"name": "Ada"}, "idempotencyKey": "k1"}

    first = data(api, EXECUTE, id=row.slug, input=given)["executeWorkflow"]
    again = data(api, EXECUTE, id=row.slug, input=given)["executeWorkflow"]

    assert (first["duplicate"], again["duplicate"], again["run"]["id"]) == (False, True, first["run"]["id"])
    assert (first["run"]["status"], first["run"]["event"]) == ("queued", {"data": {"name": "Ada"}})
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 1


def test_a_test_does_nothing_outside_and_stores_nothing(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace, factories.definition(factories.log_event("hi {{ name }}", id="log")))
    query = """mutation ($id: ID!, $input: TestInput!) { testWorkflow(id: $id, input: $input) {
      status wouldStart trigger actions { action status output source } triggers { verdict } problems { code } } }"""
    given = {"event": {"type": "lead.created", "data": {"name": "Ada"}}}

    found = data(api, query, id=str(row.pk), input=given)["testWorkflow"]

    rest = api.post(f"/api/v1/workflows/{row.pk}/test/", given, format="json").json()
    assert found == {
        "status": "completed", "wouldStart": True, "trigger": "t1", "triggers": [{"verdict": "fired"}], "problems": [],
        "actions": [{key: each[key] for key in ("action", "status", "output", "source")} for each in rest["actions"]],
    }  # fmt: skip
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 0


def test_what_people_do_about_runs(api: APIClient, workspace: Workspace) -> None:
    run = asking.started(workspace, asking.asking(), asking.step("yes", needs=["ask.approved"]), asking.step("end"))
    decide = 'mutation ($id: ID!) { decideAction(id: $id, input: {decision: "approved", comment: "ok"}) { status } }'
    skip = """mutation ($id: ID!) { skipAction(id: $id, input: {reason: "no need", output: {a: 1}}) {
      actions { nodes { key status output } } } }"""

    left_out = asking.action_of(run, "end")
    nodes = data(api, skip, id=str(left_out.pk))["skipAction"]["actions"]["nodes"]
    assert nodes[-1] == {"key": "end", "status": "skipped", "output": {"a": 1}}
    assert data(api, decide, id=str(asking.action_of(run, "ask").pk)) == {"decideAction": {"status": "waiting"}}
    assert refused(api, decide, id=str(asking.action_of(run, "ask").pk)) == [(409, "conflict")]
    runner.drain()
    assert runner.states(run)["yes"] == "completed"
    replay = 'mutation ($id: ID!) { replayRun(id: $id, input: {reason: "again"}) { duplicate run { id lineage } } }'
    new = data(api, replay, id=str(run.pk))["replayRun"]
    assert (new["duplicate"], new["run"]["lineage"]["replay_of"]) == (False, str(run.pk))
    cancel = 'mutation ($id: ID!) { cancelRun(id: $id, input: {mode: immediate, comment: "stop"}) { status error } }'
    assert data(api, cancel, id=new["run"]["id"])["cancelRun"]["status"] == "cancelled"
    retry = 'mutation ($id: ID!) { retryRun(id: $id, input: {reason: "go"}) { status } }'
    assert data(api, retry, id=new["run"]["id"])["retryRun"]["status"] in {"queued", "running", "waiting"}
    assert refused(api, retry, id=str(run.pk)) == [(409, "conflict")]
    assert [name for name, _ in trail(workspace, "run")] == [
        "run.skipped", "run.replayed", "run.cancelled", "run.retried",
    ]  # fmt: skip


def post(api: APIClient, query: str, key: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return api.post(URL, body, format="json", headers={"Idempotency-Key": key})


def test_a_request_with_a_key_is_answered_with_the_first_answer(api: APIClient, workspace: Workspace) -> None:
    given = {"input": {"definition": factories.definition(name="Once")}}

    first, again = (post(api, CREATE, "k1", **given) for _ in range(2))
    other = post(api, CREATE, "k1", input={"definition": {}})

    assert (first.status_code, again.json(), again["Idempotency-Replayed"]) == (200, first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    with tenancy.scope(workspace.pk):
        assert (Workflow.objects.count(), IdempotentAnswer.objects.count()) == (1, 1)


def test_changes_that_were_all_refused_are_tried_again_with_the_same_key(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)
    data(api, "mutation ($id: ID!) { pauseWorkflow(id: $id) { id } }", id=str(row.pk))
    refusal = post(api, EXECUTE, "k1", id=str(row.pk)).json()
    data(api, "mutation ($id: ID!) { resumeWorkflow(id: $id) { id } }", id=str(row.pk))

    started = post(api, EXECUTE, "k1", id=str(row.pk)).json()

    assert [each["extensions"]["code"] for each in refusal["errors"]] == ["conflict"]
    with tenancy.scope(workspace.pk):
        assert IdempotentAnswer.objects.count() == 1  # of what was done
    assert started["data"]["executeWorkflow"]["duplicate"] is False
