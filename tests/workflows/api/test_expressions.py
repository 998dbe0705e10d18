from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from core.services import api_keys, secrets
from tests import factories
from triggers.services import event_types
from workflows.models import Workflow

Json = dict[str, Any]

CALL = {"id": "call", "type": "http_request", "params": {"url": "https://api.example.com/"}}
EACH = {
    "id": "each",
    "type": "loop",
    "for_each": {"items": [1, 2]},
    "params": {"actions": [{"id": "say", **factories.log_event("{{ item }}")}]},
}
LAST = {"id": "last", **factories.log_event("done")}


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    with tenancy.scope(workspace.pk):
        secrets.put(name="api_key", value="s3cr3t-value")
        Workspace.objects.filter(pk=workspace.pk).update(variables={"team": {"size": 3}})
        event_types.create("lead.created", {"sample": {"lead": {"name": "Ada", "token": "tok-1"}, "time": 1}})
    return factories.published(workspace, factories.definition(CALL, EACH, LAST))


def rendered(api: APIClient, status: int = 200, **body: Any) -> Any:
    answer = api.post("/api/v1/expressions/render/", body, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def test_a_value_is_rendered_with_the_names_of_a_sample(api: APIClient, workflow: Workflow) -> None:
    sample = {"lead": {"name": "ada"}, "actions": {"call": {"output": {"status": 200}}}}

    found = rendered(
        api,
        value={"n": "{{ lead.name | upper }}", "s": "{{ actions.call.output.status }}", "k": "{{ secrets.api_key }}"},
        sample=sample,
    )

    assert found == {
        "result": {"n": "ADA", "s": 200, "k": "[redacted]"}, "type": "object", "unknown_paths": [], "problems": [],
    }  # fmt: skip


def test_what_cannot_be_rendered_says_which_paths_lead_nowhere(api: APIClient) -> None:
    found = rendered(api, template="{{ lead.nam }} {{ x | default('') }}", sample={"lead": {}})
    broken = rendered(api, template="{{ lead.", sample={})

    assert (found["result"], found["unknown_paths"]) == (None, ["lead.nam"])
    assert (found["problems"][0]["path"], found["problems"][0]["code"]) == ("/template", "unknown_path")
    assert (broken["result"], broken["problems"][0]["code"]) == (None, "invalid_template")


def test_hostile_templates_have_the_budget_of_all_others(api: APIClient) -> None:
    found = rendered(api, template="{{ [1].append(2) }}", sample={})
    large = rendered(api, template="{{ x }}" * 20, sample={"x": "y" * 100_000})

    assert found["problems"][0]["code"] == "forbidden"
    assert large["problems"][0]["code"] == "too_much_output"


def test_a_value_is_rendered_at_an_action_of_a_draft(api: APIClient, workflow: Workflow) -> None:
    found = rendered(
        api, template="{{ item }}: {{ actions.call.output.status }}", workflow=workflow.slug, action="say", sample={}
    )
    unknown = rendered(api, 400, template="x", workflow=workflow.slug, action="nowhere")

    assert (found["result"], found["type"]) == ("1: 200", "text")
    assert unknown["errors"][0]["code"] == "unknown_action"


def test_the_names_at_an_action_are_told_without_secrets(api: APIClient, workflow: Workflow) -> None:
    answer = api.get("/api/v1/expressions/scope/", {"workflow": workflow.slug, "action": "say"})

    found = {each["path"]: (each["type"], each["example"]) for each in answer.json()["results"]}
    assert found["lead.name"] == ("text", "Ada")
    assert found["lead.token"] == ("text", "[redacted]")
    assert found["event.data.time"] == ("number", 1)
    assert found["vars.team.size"] == ("number", 3)
    assert found["secrets.api_key"] == ("text", None)
    assert found["actions.call.output.status"] == ("number", 1)
    assert found["index"] == ("number", 0)
    assert "actions.last.status" not in found
    assert "s3cr3t" not in answer.content.decode()


def test_a_key_that_may_read_no_events_is_told_nothing_of_them(workspace: Workspace, workflow: Workflow) -> None:
    client = APIClient()

    def told(*scopes: str) -> set[str]:
        _, key = api_keys.issue(workspace, name="ci", role=Role.EDITOR, scopes=scopes)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        answer = client.get("/api/v1/expressions/scope/", {"workflow": workflow.slug, "action": "say"})
        return {each["path"] for each in answer.json()["results"]}

    assert told("workflows:read", "events:read") - told("workflows:read") >= {"lead.name", "event.data.time"}
    assert "vars.team.size" in told("workflows:read")


def test_the_names_of_a_definition_that_was_never_saved(api: APIClient, workflow: Workflow) -> None:
    body = {"workflow": workflow.slug, "definition": factories.definition(LAST, {**LAST, "id": "after"})}

    found = api.post("/api/v1/expressions/scope/", {**body, "action": "after"}, format="json").json()
    refused = api.post("/api/v1/expressions/scope/", {**body, "action": "each"}, format="json")

    assert "actions.last.output.message" in {each["path"] for each in found["results"]}
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "/action")


def test_the_names_of_a_sequence_are_those_of_all_its_events(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    for type_, data in (("cart.filled", {"total": 7}), ("session.ended", {"reason": "idle"})):
        factories.event(workspace, type_, **data)
    steps = [{"event": "cart.filled"}, {"event": "session.ended"}]
    params = {"events": steps, "within_seconds": 60}
    pattern = {"name": "Given up", "type": "sequence", "params": params}
    assert api.post("/api/v1/patterns/", pattern, format="json").status_code == 201

    for trigger in ({"type": "sequence", "params": params}, {"type": "pattern", "params": {"pattern": "Given up"}}):
        definition = factories.definition(LAST, triggers=[trigger])
        body = {"workflow": workflow.slug, "definition": definition, "action": LAST["id"]}
        found = api.post("/api/v1/expressions/scope/", body, format="json").json()
        assert {"total", "reason"} <= {each["path"] for each in found["results"]}
