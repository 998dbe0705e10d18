from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from core.services import api_keys, secrets
from tests import factories
from tests.conftest import ClientFor
from tests.workflows import asking
from workflows.models import Run, Workflow

Json = dict[str, Any]

CALL = {
    "id": "call",
    "type": "http_request",
    "params": {
        "method": "POST",
        "url": "https://api.example.com/leads",
        "headers": {"X-Key": "{{ secrets.api_key }}"},
        "json": {"name": "{{ name }}"},
    },
}
CHECK = {
    "id": "check",
    "type": "condition",
    "params": {"if": {"field": "actions.call.output.status", "operator": "eq", "value": 201}},
}
PAY = {"id": "pay", "needs": ["check.true"], "type": "approval", "params": {"message": "Pay {{ name }}?"}}
STOP = {"id": "stop", "needs": ["pay.rejected"], "type": "stop", "params": {"output": {"paid": False}}}
FLOW = (CALL, CHECK, PAY, STOP)


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    with tenancy.scope(workspace.pk):
        secrets.put(name="api_key", value="s3cr3t-value")
    return factories.published(workspace, factories.definition(*FLOW))


def tried(api: APIClient, workflow: Workflow, status: int = 200, **body: Any) -> Any:
    event = {} if {"run_id", "event_id"} & body.keys() else {"event": {"type": "lead.created", "data": {"name": "Ada"}}}
    answer = api.post(f"/api/v1/workflows/{workflow.slug}/test/", {**event, **body}, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def statuses(found: Json) -> dict[str, str]:
    return {each["action"]: each["status"] for each in found["actions"]}


def test_a_draft_is_tested_with_what_it_would_send_and_without_secrets(api: APIClient, workflow: Workflow) -> None:
    found = tried(api, workflow)

    call, check, *_ = found["actions"]
    assert (found["status"], found["version"], found["would_start"], found["trigger"]) == (
        "completed",
        None,
        True,
        "t1",
    )
    assert [each["verdict"] for each in found["triggers"]] == ["fired"]
    assert call["source"] == "sample"
    assert (call["would"]["method"], call["would"]["url"]) == ("POST", "https://api.example.com/leads")
    assert (call["would"]["headers"]["X-Key"], call["would"]["body"]) == ("[redacted]", '{"name":"Ada"}')
    assert call["output"] == {"status": 200, "headers": {}, "body": {}}
    assert (check["source"], check["output"]["result"], check["ports"]) == ("computed", False, ["false"])
    assert statuses(found) == {"call": "completed", "check": "completed", "pay": "skipped", "stop": "skipped"}
    assert found["actions"][2]["why"] == "What it needs did not fire: check.true."
    assert "s3cr3t" not in str(found)


def test_pins_and_answers_stand_in_for_the_world(api: APIClient, workflow: Workflow) -> None:
    found = tried(
        api, workflow, pins={"call": {"status": 201}}, answers={"pay": {"decision": "rejected", "comment": "no"}}
    )

    pay = found["actions"][2]
    assert (pay["source"], pay["output"]) == ("answer", {"decision": "rejected", "comment": "no", "by": "test"})
    assert pay["waits_for"]["message"] == "Pay Ada?"
    assert (found["status"], found["output"]) == ("completed", {"paid": False})


def test_it_goes_step_by_step_and_up_to_an_action(api: APIClient, workflow: Workflow) -> None:
    first = tried(api, workflow, steps=1)
    until = tried(api, workflow, until="check", pins={"call": {"status": 201}})

    assert (first["status"], first["stopped_by"], list(statuses(first))) == ("stopped", "steps", ["call"])
    assert first["next"] == [{"action": "check", "iteration": "", "status": "queued"}]
    assert (until["status"], until["stopped_by"]) == ("stopped", "until")
    assert statuses(until)["check"] == "completed"


def test_what_does_not_fit_the_definition_is_refused_at_its_place(api: APIClient, workflow: Workflow) -> None:
    found = tried(
        api, workflow, 400, pins={"cal": {}, "check": {}}, answers={"call": "timeout", "pay": 7}, until="nowhere"
    )

    assert {each["path"]: each["code"] for each in found["errors"]} == {
        "/until": "unknown_action", "/pins/cal": "unknown_action", "/pins/check": "invalid",
        "/answers/call": "invalid", "/answers/pay": "invalid",
    }  # fmt: skip


def test_a_definition_that_was_never_saved_is_tested_and_its_problems_are_told(
    api: APIClient, workflow: Workflow
) -> None:
    document = factories.definition({"id": "say", **factories.log_event("{{ nam }}")})

    found = tried(api, workflow, definition=document)
    refused = tried(api, workflow, 400, definition={**document, "actions": [{"id": "x", "type": "nothing"}]})

    assert (found["status"], found["actions"][0]["error"]["code"]) == ("failed", "unknown_path")
    assert [(each["path"], each["code"]) for each in found["problems"]] == [
        ("/actions/0/params/message", "unknown_path")
    ]
    assert refused["errors"][0]["path"].startswith("/definition/actions/0")


def test_who_may_not_edit_tests_nothing(client_for: ClientFor, workspace: Workspace, workflow: Workflow) -> None:
    tried(client_for(workspace, Role.OPERATOR), workflow, 403)


@pytest.fixture
def run(workspace: Workspace) -> Run:
    say = {"id": "say", **factories.log_event("{{ name }}")}
    keep = {"id": "keep", "type": "set_variables", "params": {"variables": {"at": "{{ now }}", "name": "{{ name }}"}}}
    return asking.started(workspace, say, keep, data={"name": "Ada"}, name="Runs")


def kept(api: APIClient, run: Run, status: int = 201, **body: Any) -> Any:
    url = f"/api/v1/workflows/{run.workflow_id}/tests/"
    answer = api.post(url, {"name": "As it ran", "run_id": str(run.pk), **body}, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def test_a_past_run_becomes_a_test_that_passes(api: APIClient, run: Run) -> None:
    row = kept(api, run)
    url = f"/api/v1/workflows/{run.workflow_id}/tests/"

    found = api.post(f"{url}run/", {}, format="json").json()

    assert row["pins"]["say"]["message"] == "Ada"
    assert row["expected"]["actions"]["keep"]["output"]["name"] == "Ada"
    assert set(row["ignore"]) <= {"/actions/keep/output/at"}  # the clock of the run, which is not that of its test
    assert found["results"][0]["differences"] == []
    assert (found["passed"], found["failed"]) == (1, 0)
    assert [each["name"] for each in api.get(url).json()["results"]] == ["As it ran"]
    assert kept(api, run, 409)["code"] == "conflict"


def test_publishing_what_fails_a_test_is_refused_until_it_is_skipped_for_a_reason(
    api: APIClient, workspace: Workspace, run: Run
) -> None:
    row = kept(api, run)
    url = f"/api/v1/workflows/{run.workflow_id}/"
    say = {"id": "say", **factories.log_event("{{ name }}!")}
    api.put(url, {"definition": factories.definition(say, name="Runs")}, format="json")

    refused = api.post(f"{url}publish/", {}, format="json")
    skipped = api.post(f"{url}publish/", {"skip_tests": True, "reason": "it is meant"}, format="json")

    at = f"/tests/{row['id']}/actions"
    assert refused.status_code == 400
    assert {each["path"] for each in refused.json()["errors"]} == {
        f"{at}/say/would/params/message", f"{at}/keep",
    }  # fmt: skip
    assert 'expected "Ada", and it is "Ada!"' in refused.json()["errors"][0]["message"]
    assert api.post(f"{url}publish/", {"skip_tests": True}, format="json").status_code == 400
    assert (skipped.status_code, skipped.json()["version"]["number"]) == (200, 2)
    with tenancy.scope(workspace.pk):
        entry = AuditEntry.objects.get(action="workflow.tests_skipped")
    assert (entry.reason, entry.after) == ("it is meant", {"tests": 1})


def test_a_test_is_changed_and_deleted_and_that_is_audited(api: APIClient, workspace: Workspace, run: Run) -> None:
    row = kept(api, run)
    url = f"/api/v1/workflows/{run.workflow_id}/tests/{row['id']}/"

    changed = api.patch(url, {"name": "Other", "ignore": ["/actions"]}, format="json").json()
    shown = api.get(url).json()
    deleted = api.delete(url)

    assert (changed, shown["name"], shown["ignore"]) == (shown, "Other", ["/actions"])
    assert (deleted.status_code, api.get(url).status_code) == (204, 404)
    with tenancy.scope(workspace.pk):
        actions = AuditEntry.objects.filter(target="workflow_test").order_by("at").values_list("action", flat=True)
        assert [*actions] == ["workflow_test.created", "workflow_test.changed", "workflow_test.deleted"]


def test_a_test_that_was_changed_meanwhile_is_neither_changed_nor_deleted(api: APIClient, workflow: Workflow) -> None:
    url, event = f"/api/v1/workflows/{workflow.slug}/tests/", {"type": "lead.created", "data": {"name": "Ada"}}
    made = api.post(url, {"name": "It goes", "event": event}, format="json")
    one, tag = f"{url}{made.json()['id']}/", made["ETag"]
    assert api.get(one, headers={"If-None-Match": tag}).status_code == 304

    changed = api.patch(one, {"ignore": ["/output"]}, format="json", headers={"If-Match": tag})
    late = [
        api.patch(one, {"ignore": []}, format="json", headers={"If-Match": tag}),
        api.delete(one, headers={"If-Match": tag}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in late] == [(412, "precondition_failed")] * 2
    assert (changed.status_code, api.get(one).json()["ignore"]) == (200, ["/output"])
    assert api.patch(one, {"name": "So"}, format="json", headers={"If-Match": changed["ETag"]}).status_code == 200
    assert api.delete(one).status_code == 204


def test_a_test_of_a_run_is_made_of_the_run_alone_and_goes_to_its_end(api: APIClient, run: Run) -> None:
    found = kept(api, run, 400, pins={"say": {}})
    cut = kept(api, run, 400, steps=1)

    assert "of the run alone" in found["errors"][0]["message"]
    assert "goes to its end" in cut["errors"][0]["message"]


def test_a_run_that_goes_on_is_no_test(api: APIClient, workspace: Workspace) -> None:
    waiting = asking.started(workspace, asking.asking(), name="Waits")

    assert kept(api, waiting, 400)["errors"][0]["code"] == "unfit_run"


def test_runs_and_events_of_others_are_not_there(
    client_for: ClientFor, other_workspace: Workspace, run: Run, workspace: Workspace
) -> None:
    own = factories.published(other_workspace)
    stranger = client_for(other_workspace)

    tried(stranger, own, 404, run_id=str(run.pk))
    tried(stranger, own, 404, event_id=str(run.event_id))
    answer = stranger.post("/api/v1/expressions/render/", {"template": "x", "event_id": str(run.event_id)}, "json")
    assert answer.status_code == 404


def test_a_key_sees_no_more_of_runs_and_events_by_tests_than_its_scopes_say(workspace: Workspace, run: Run) -> None:
    body = {"event": {"type": "lead.created"}}
    of_event, of_run = {"event_id": str(run.event_id)}, {"run_id": str(run.pk)}
    client = APIClient()

    def asked(*scopes: str) -> list[int]:
        _, key = api_keys.issue(workspace, name="ci", role=Role.EDITOR, scopes=scopes)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        url = f"/api/v1/workflows/{run.workflow_id}/"
        calls: list[tuple[str, Json]] = [
            (f"{url}test/", body),
            (f"{url}test/", of_event),
            (f"{url}test/", of_run),
            ("/api/v1/expressions/render/", {"template": "{{ event.type }}", **of_event}),
            (f"{url}explain/", {"event": str(run.event_id)}),
        ]
        return [client.post(path, sent, format="json").status_code for path, sent in calls]

    assert asked("workflows:read") == [200, 403, 403, 403, 403]
    assert asked("workflows:read", "events:read") == [200, 200, 403, 200, 200]
    assert asked("workflows:read", "runs:read") == [200, 403, 200, 403, 403]
    assert asked("events:read", "runs:read") == [403] * 5


def test_tests_are_of_their_workflow_alone_and_going_back_runs_none(
    api: APIClient, workspace: Workspace, run: Run
) -> None:
    row = kept(api, run)
    url = f"/api/v1/workflows/{run.workflow_id}/"
    say = {"id": "say", **factories.log_event("{{ name }}!")}
    api.put(url, {"definition": factories.definition(say, name="Runs")}, format="json")
    api.post(f"{url}publish/", {"skip_tests": True, "reason": "it is meant"}, format="json")

    back = api.post(f"{url}rollback/", {"version": 1}, format="json")
    forth = api.post(f"{url}rollback/", {"version": 2}, format="json")
    copy = api.post(f"{url}duplicate/", {}, format="json").json()
    api.post(f"{url}archive/", {}, format="json")
    refused = api.post(f"{url}publish/", {}, format="json")

    assert [each.json()["version"]["number"] for each in (back, forth)] == [1, 2]
    assert api.get(f"/api/v1/workflows/{copy['id']}/tests/").json()["results"] == []
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")  # before any test is run
    assert [each["id"] for each in api.get(f"{url}tests/").json()["results"]] == [row["id"]]
    assert api.post(f"{url}tests/run/", {"version": 1}, format="json").json()["passed"] == 1
