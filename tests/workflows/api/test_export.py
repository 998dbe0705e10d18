"""Exporting workflows over HTTP, and creating them again from that."""

from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

URL = "/api/v1/workflows/"
NESTED = factories.definition(
    {"id": "which", "type": "condition", "params": {"if": {"field": "a", "operator": "gt", "value": 1.5}}},
    {
        "id": "each",
        "type": "loop",
        "needs": ["which.true"],
        "for_each": "{{ lines }}",
        "actions": [factories.log_event("é", id="line"), factories.log_event("x", id="after")],
    },
    factories.log_event("no", id="other", needs=["which.false"]),
    settings={"timeout_seconds": 60},
)
DRAWN: dict[str, Any] = {
    "name": "Drawn",
    "nodes": [
        {"id": "start", "type": "trigger", "position": {"x": -5, "y": 0.5}, "data": {"type": "lead.created"}},
        {
            "id": "log",
            "position": {"x": 7, "y": 8},
            "data": {"type": "log_event", "params": {"message": "x"}, "label": "Say"},
        },
        {"id": "more", "position": {"x": 9, "y": 1e3}, "data": {"type": "log_event", "params": {"message": "y"}}},
    ],
    "edges": [{"id": "e", "source": "start", "target": "log"}, {"id": "f", "source": "log", "target": "more"}],
}
LAYOUT = {"trigger:start": {"x": -5, "y": 0.5}, "log": {"x": 7, "y": 8}, "more": {"x": 9, "y": 1000}}


def created(api: APIClient, document: dict[str, Any]) -> Any:
    answer = api.post(URL, document, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def export(api: APIClient, workflow: Any, **query: str) -> Any:
    answer = api.get(f"{URL}{workflow['id']}/export/", query)
    assert answer.status_code == 200, answer.content
    return answer


@pytest.mark.parametrize("form", ["definition", "react_flow"])
@pytest.mark.parametrize(
    "document",
    [NESTED, DRAWN, {"name": "Broken", "nodes": [{"id": "a"}], "edges": [{"id": "e", "source": "a", "target": "b"}]}],
    ids=["written", "drawn", "unreadable"],
)
def test_what_is_exported_and_created_again_is_exported_the_same(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, document: dict[str, Any], form: str
) -> None:
    first, second = client_for(workspace), client_for(other_workspace)
    exported = export(first, created(first, document), **{"as": form})

    again = second.post(URL, data=exported.content, content_type="application/json")

    assert again.status_code == 201
    assert again.json()["draft"] == export(first, {"id": again.json()["slug"]}).json()
    assert export(second, again.json(), **{"as": form}).content == exported.content


@pytest.mark.parametrize("asked", [{"query": {"as": "yaml"}}, {"headers": {"Accept": "application/yaml"}}], ids=str)
def test_a_definition_is_exported_as_yaml_and_is_the_same_when_it_comes_back(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, asked: dict[str, Any]
) -> None:
    first, second = client_for(workspace), client_for(other_workspace)
    url = f"{URL}{created(first, NESTED)['id']}/export/"

    exported = first.get(url, asked.get("query"), headers=asked.get("headers"))
    again = second.post(URL, data=exported.content, content_type="application/yaml")

    assert (exported.status_code, exported["Content-Type"]) == (200, "application/yaml")
    assert exported.content.decode().startswith("name: Greet\n")
    assert again.json()["draft"] == first.get(url).json()
    assert second.get(f"{URL}{again.json()['id']}/export/", {"as": "yaml"}).content == exported.content


@pytest.mark.parametrize("form", ["definition", "react_flow"])
def test_the_form_that_is_said_is_the_form_that_is_answered(api: APIClient, form: str) -> None:
    url = f"{URL}{created(api, NESTED)['id']}/export/"

    answer = api.get(url, {"as": form}, headers={"Accept": "application/yaml"})

    assert (answer["Content-Type"], answer.content) == ("application/json", api.get(url, {"as": form}).content)


def test_a_workflow_that_is_not_there_is_an_error_in_json_whatever_is_accepted(api: APIClient) -> None:
    answer = api.get(f"{URL}nobody/export/", headers={"Accept": "application/yaml"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_definition_is_exported_in_canonical_form(api: APIClient) -> None:
    workflow = created(api, DRAWN)

    assert export(api, workflow).json() == workflow["draft"]
    assert export(api, workflow, **{"as": "definition"}).json() == {
        "name": "Drawn",
        "triggers": [{"id": "start", "type": "lead.created"}],
        "actions": [
            {"id": "log", "type": "log_event", "params": {"message": "x"}, "title": "Say"},
            {"id": "more", "type": "log_event", "params": {"message": "y"}},
        ],
    }


def test_nodes_are_exported_where_they_were_put(api: APIClient) -> None:
    workflow = created(api, DRAWN)

    nodes = export(api, workflow, **{"as": "react_flow"}).json()["nodes"]

    assert workflow["layout"] == LAYOUT
    assert {node["id"]: node["position"] for node in nodes} == LAYOUT


def test_a_drawing_that_replaces_another_moves_its_nodes(api: APIClient) -> None:
    workflow, moved = created(api, DRAWN), deepcopy(DRAWN)
    moved["nodes"][1]["position"] = {"x": 70, "y": 80}
    del moved["nodes"][2]["position"]

    answer = api.put(f"{URL}{workflow['id']}/", moved, format="json").json()

    assert answer["layout"] == {"trigger:start": LAYOUT["trigger:start"], "log": {"x": 70, "y": 80}}


def test_a_written_definition_keeps_the_places_of_the_nodes_that_are_still_there(api: APIClient) -> None:
    workflow = created(api, DRAWN)
    written = factories.definition({"id": "new", "type": "x"}, factories.log_event("y", id="more"), name="Drawn")

    api.put(f"{URL}{workflow['id']}/", written, format="json")

    assert api.get(f"{URL}{workflow['id']}/").json()["layout"] == {"more": LAYOUT["more"]}
    nodes = export(api, workflow, **{"as": "react_flow"}).json()["nodes"]
    assert {node["id"]: node["position"] for node in nodes} == {
        "trigger:t1": {"x": 40, "y": 40},
        "new": {"x": 320, "y": 40},
        "more": LAYOUT["more"],
    }


def test_it_is_the_draft_that_is_exported(api: APIClient) -> None:
    workflow = created(api, factories.definition())
    api.post(f"{URL}{workflow['id']}/publish/")
    api.put(f"{URL}{workflow['id']}/", factories.definition(factories.log_event("new")), format="json")

    assert export(api, workflow).json()["actions"][0]["params"] == {"message": "new"}


@pytest.mark.parametrize("query", [{"as": "bpmn"}, {"as": ""}, {"format_": "x"}], ids=str)
def test_another_form_is_refused(api: APIClient, query: dict[str, str]) -> None:
    workflow = created(api, factories.definition())

    problems = refused(api.get(f"{URL}{workflow['id']}/export/", query), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == [f"/{name}" for name in query]


def test_viewers_export_and_strangers_do_not(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    workflow = created(api, factories.definition())

    assert export(client_for(workspace, Role.VIEWER), workflow).json() == workflow["draft"]
    assert client_for(other_workspace).get(f"{URL}{workflow['id']}/export/").status_code == 404


def test_a_row_that_is_written_without_a_layout_has_an_empty_one(api: APIClient, workspace: Workspace) -> None:
    """As by the release before the column: it runs on while the new one starts."""
    created(api, factories.definition())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO workflows_workflow (id, workspace_id, name, slug, description, status, draft, created_at,"
            " updated_at) SELECT gen_random_uuid(), workspace_id, 'Old', 'old', '', status, draft, now(), now()"
            " FROM workflows_workflow"
        )

    with tenancy.scope(workspace.pk):
        assert Workflow.objects.get(name="Old").layout == {}
