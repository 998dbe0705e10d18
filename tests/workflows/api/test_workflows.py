"""Workflows over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

URL = "/api/v1/workflows/"
YAML = """\
name: Greet
trigger: lead.created
actions:
  - { type: log_event, params: { message: "hello {{ lead.name }}" } }
"""


def created(api: APIClient, document: dict[str, Any] | None = None) -> Any:
    return api.post(URL, {"definition": document or factories.definition()}, format="json").json()


def test_a_definition_in_json_becomes_a_draft(api: APIClient) -> None:
    answer = api.post(URL, {"name": "Hello", "definition": factories.definition()}, format="json")

    assert answer.status_code == 201
    body = answer.json()
    assert {key: body[key] for key in ("name", "slug", "status", "active_version", "problems")} == {
        "name": "Hello",
        "slug": "hello",
        "status": "draft",
        "active_version": None,
        "problems": [],
    }
    assert body["draft"] == {
        "name": "Hello",
        "triggers": [{"id": "t1", "type": "lead.created"}],
        "actions": [{"id": "log_event", "type": "log_event", "params": {"message": "hello"}}],
    }


def test_a_definition_in_yaml_becomes_the_same_draft(api: APIClient) -> None:
    answer = api.post(URL, data=YAML, content_type="application/yaml")

    assert (answer.status_code, answer.json()["name"]) == (201, "Greet")
    assert answer.json()["draft"]["actions"][0]["params"] == {"message": "hello {{ lead.name }}"}


def test_a_draft_with_problems_is_stored_and_they_are_told(api: APIClient) -> None:
    answer = api.post(
        URL, {"definition": {"name": "Half", "trigger": "a.b", "actions": [{"type": "nope"}]}}, format="json"
    )

    assert answer.status_code == 201
    assert [(item["path"], item["code"]) for item in answer.json()["problems"]] == [
        ("/actions/0/type", "unknown_action_type")
    ]


def test_a_name_that_is_taken_is_a_conflict_that_names_the_first(api: APIClient) -> None:
    first = created(api)

    answer = api.post(URL, {"definition": factories.definition()}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert first["id"] in answer.json()["detail"]


def test_a_published_workflow_is_active_and_tells_its_version(api: APIClient) -> None:
    workflow = created(api)

    answer = api.post(f"{URL}{workflow['id']}/publish/")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["active_version"], answer.json()["version"]["number"]) == (
        "active",
        1,
        1,
    )
    assert api.get(f"{URL}{workflow['id']}/").json()["status"] == "active"


def test_publishing_a_draft_with_problems_lists_all_of_them_and_changes_nothing(api: APIClient) -> None:
    workflow = created(api, factories.definition({"type": "nope"}, {"type": "log_event"}))

    answer = api.post(f"{URL}{workflow['id']}/publish/")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert [(item["path"], item["code"]) for item in answer.json()["errors"]] == [
        ("/actions/0/type", "unknown_action_type"),
        ("/actions/1/params/message", "missing_parameter"),
    ]
    assert api.get(f"{URL}{workflow['id']}/").json()["status"] == "draft"


def test_an_update_replaces_the_draft_and_keeps_what_is_active(api: APIClient) -> None:
    workflow = created(api)
    api.post(f"{URL}{workflow['id']}/publish/")

    changed = factories.definition(factories.log_event("changed"), name="Renamed")
    answer = api.put(f"{URL}{workflow['id']}/", {"definition": changed}, format="json")

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["active_version"]) == ("Renamed", 1)
    assert answer.json()["draft"]["actions"][0]["params"] == {"message": "changed"}


def test_a_workflow_is_found_by_its_slug_too(api: APIClient) -> None:
    workflow = created(api)

    assert api.get(f"{URL}greet/").json() == workflow
    assert api.get(f"{URL}greet-nobody/").status_code == 404


def test_a_definition_without_a_wrapper_is_taken_for_one(api: APIClient) -> None:
    answer = api.post(URL, factories.definition(), format="json")

    assert (answer.status_code, answer.json()["problems"]) == (201, [])


def test_a_paused_workflow_says_so_and_can_be_resumed(api: APIClient) -> None:
    workflow = created(api)
    api.post(f"{URL}greet/publish/")

    states = [api.post(f"{URL}{workflow['id']}/{call}/").json()["status"] for call in ("pause", "pause", "resume")]

    assert states == ["paused", "paused", "active"]


def test_a_draft_cannot_be_paused(api: APIClient) -> None:
    created(api)

    answer = api.post(f"{URL}greet/pause/")

    assert (answer.status_code, answer.json()["detail"]) == (409, "The workflow is draft; publish it first.")


def test_the_list_shows_the_newest_first_in_pages(api: APIClient) -> None:
    for number in range(3):
        created(api, factories.definition(name=f"W{number}"))

    first = api.get(URL, {"limit": 2}).json()
    second = api.get(first["next"]).json()

    assert [row["name"] for row in first["results"]] == ["W2", "W1"]
    assert [row["name"] for row in second["results"]] == ["W0"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "LEAD"}, ["Lead two", "One"]),
        ({"q": "lead", "status": "draft"}, ["Lead two", "One"]),
        ({"q": "lead", "status": "active"}, []),
        ({"q": "100%"}, []),
        ({"q": "_"}, []),
    ],
    ids=str,
)
def test_the_list_is_searched_by_what_names_and_descriptions_have(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace, query: dict[str, str], names: list[str]
) -> None:
    created(client_for(other_workspace), factories.definition(name="Lead of others"))
    created(api, factories.definition(name="One", description="Greets a lead"))
    created(api, factories.definition(name="Lead two"))
    created(api, factories.definition(name="Three"))
    archived = created(api, factories.definition(name="Lead four"))
    assert api.post(f"{URL}{archived['id']}/archive/").status_code == 200

    assert [row["name"] for row in api.get(URL, query).json()["results"]] == names


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("put", ""), ("post", "publish/"), ("get", "runs/")],
    ids=["get", "put", "publish", "runs"],
)
def test_a_workflow_of_another_workspace_does_not_exist(
    api: APIClient, other_workspace: Workspace, client_for: ClientFor, method: str, path: str
) -> None:
    foreign = created(client_for(other_workspace))

    answer = getattr(api, method)(f"{URL}{foreign['id']}/{path}", {"definition": {"name": "mine"}}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client_for(other_workspace).get(f"{URL}{foreign['id']}/").json()["name"] == foreign["name"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_editors_write_workflows(client_for: ClientFor, workspace: Workspace, role: Role) -> None:
    client = client_for(workspace, role)

    answer = client.post(URL, {"definition": factories.definition()}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert client.get(URL).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b"[]", "application/json", 400, "malformed"),
        (b'{"definition": {}, "definition": {}}', "application/json", 400, "malformed"),
        (b'{"definition": {"name": "\\u0000"}}', "application/json", 400, "malformed"),
        (b'{"definition": 3}', "application/json", 400, "invalid"),
        (b"{}", "application/json", 400, "invalid"),
        (b'{"definition": {"name": "x", "a": ' + b"[" * 100_000, "application/json", 400, "malformed"),
        (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', "application/json", 413, "too_large"),
        (b"a: &x [1]\nb: *x", "application/yaml", 400, "malformed"),
        (b"- 1", "application/yaml", 400, "malformed"),
        (b"a: [", "application/yaml", 400, "malformed"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ],
    ids=["cut", "array", "twice", "nul", "type", "empty", "deep", "large", "alias", "list", "yaml", "form"],
)
def test_a_body_that_cannot_be_read_is_refused_in_the_envelope(
    api: APIClient, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = api.post(URL, data=body, content_type=content_type)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"detail", "code", "errors"}
    assert not Workflow._base_manager.exists()


def test_a_graph_of_react_flow_becomes_the_same_draft_as_what_it_draws(api: APIClient) -> None:
    nodes = [
        {"id": "start", "type": "trigger", "position": {"x": 0, "y": 0}, "data": {"type": "lead.created"}},
        {"id": "log", "position": {"x": 0, "y": 0}, "data": {"type": "log_event", "params": {"message": "x"}}},
    ]
    graph = {"name": "Drawn", "nodes": nodes, "edges": [{"id": "e", "source": "start", "target": "log"}]}

    answer = api.post(URL, graph, format="json").json()

    assert answer["problems"] == []
    assert answer["draft"] == {
        "name": "Drawn",
        "triggers": [{"id": "start", "type": "lead.created"}],
        "actions": [{"id": "log", "type": "log_event", "params": {"message": "x"}}],
    }


@pytest.mark.parametrize(
    ("name", "codes"), [("clean-up", []), ("Nope", ["unknown_workflow"]), ("greet", ["feeds_itself"])]
)
def test_a_workflow_for_failures_is_one_of_the_workspace(api: APIClient, name: str, codes: list[str]) -> None:
    created(api, factories.definition(name="Clean up"))

    answer = created(api, factories.definition(settings={"on_failure": name}))

    assert [problem["code"] for problem in answer["problems"]] == codes
