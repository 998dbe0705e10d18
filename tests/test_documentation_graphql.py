"""The examples of docs/graphql.md, run as they stand there."""

import json
import re

import pytest
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests import factories, runner
from tests.conftest import ClientFor
from tests.documentation import blocks, chapter, page, run
from tests.workflows.graphql.asked import ask, data
from tests.workflows.graphql.test_access import MUTATIONS
from tests.workflows.graphql.test_bounds import cost
from workflows.graphql import bounds, connections

TEXT = page("docs/graphql.md")
CREATE, TEST, PUBLISH, EXECUTE, LIFE, RUNS = blocks(TEXT, "graphql")


@pytest.mark.django_db
def test_a_workflow_is_made_tested_published_started_and_read(client_for: ClientFor, workspace: Workspace) -> None:
    api = client_for(workspace, Role.EDITOR)

    assert data(api, CREATE)["createWorkflow"]["problems"] == []
    tested = data(api, TEST)["testWorkflow"]
    assert (tested["status"], tested["wouldStart"]) == ("completed", True)
    assert tested["actions"][0]["output"]["message"] == "Hello Ann"
    published = data(api, PUBLISH, reason="first")["publishWorkflow"]
    assert published == {"version": {"number": 1}, "workflow": {"status": "active", "revision": 1}}
    started, again = (data(api, EXECUTE)["executeWorkflow"] for _ in range(2))
    assert (started["duplicate"], again["duplicate"], again["run"]["id"]) == (False, True, started["run"]["id"])
    runner.drain()
    life = data(api, LIFE, slug="greet")["workflow"]
    assert [each["reason"] for each in life["versions"]["nodes"]] == ["first"]
    assert (life["diff"]["changes"], life["stats"]["runs"]["completed"]) == ([], 1)
    (shown,) = data(api, RUNS)["runs"]["nodes"]
    assert (shown["id"], shown["event"]["data"]) == (started["run"]["id"], {"name": "Ann"})
    assert shown["actions"]["nodes"][0]["output"]["message"] == "Hello Ann"


@pytest.mark.django_db
def test_the_error_that_is_shown_is_what_is_answered(api: APIClient) -> None:
    assert ask(api, '{ workflow(id: "nobody") { id } }') == json.loads(blocks(TEXT, "json")[0])


@pytest.mark.django_db(transaction=True)
def test_the_command_asks(workspace: Workspace, live_server: LiveServer) -> None:
    factories.published(workspace)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    assert json.loads(run(blocks(TEXT, "sh")[0], environment)) == {
        "data": {"workflows": {"nodes": [{"slug": "greet", "status": "active", "activeVersion": 1}]}}
    }


def test_the_tables_are_true() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| `([\w:]+)` \|", TEXT, re.MULTILINE)
    limits = dict(re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \|$", chapter(TEXT, "Limits"), re.MULTILINE))

    assert {name: (role, scope) for name, role, scope in rows} == MUTATIONS
    assert {name: int(number.replace(",", "")) for name, number in limits.items()} == {
        "tokens of a query": bounds.MAX_TOKENS,
        "depth": bounds.MAX_DEPTH,
        "cost": bounds.MAX_COST,
        "comparisons of equal fields": bounds.MAX_COMPARISONS,
        "rows of a page": connections.MAX_FIRST,
    }
    assert f"would be {cost('{ workflows(first: 100) { nodes { stats { fired } } } }'):,}" in TEXT.replace("\n", " ")
