"""What is read over GraphQL is what REST shows."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.workflows import asking
from tests.workflows.graphql.asked import ask, data, refused
from triggers.services import matching
from workflows.models import Run
from workflows.services import workflows

pytestmark = pytest.mark.django_db

V1 = "/api/v1"


def run_of(workspace: Workspace, **values: Any) -> Run:
    event = factories.event(workspace, **values)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def test_a_list_of_workflows_is_that_of_rest(api: APIClient, workspace: Workspace) -> None:
    for name in ("One", "Two", "Three"):
        factories.published(workspace, factories.definition(name=name))
    rest = api.get(f"{V1}/workflows/").json()["results"]

    query = """query ($after: String) { workflows(first: 2, after: $after, status: active) {
      nodes { id name slug description status activeVersion hasUnpublishedChanges revision editedBy archivedAt
              createdAt updatedAt circuit { state } template { slug } }
      edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = data(api, query)["workflows"]
    second = data(api, query, after=first["pageInfo"]["endCursor"])["workflows"]

    camel = {"active_version": "activeVersion", "has_unpublished_changes": "hasUnpublishedChanges"} | {
        "edited_by": "editedBy", "archived_at": "archivedAt", "created_at": "createdAt", "updated_at": "updatedAt"
    }  # fmt: skip
    assert first["nodes"] + second["nodes"] == [{camel.get(key, key): it for key, it in row.items()} for row in rest]
    assert [each["node"]["id"] for each in first["edges"]] == [each["id"] for each in first["nodes"]]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert data(api, "{ workflows(status: draft) { nodes { id } } }") == {"workflows": {"nodes": []}}


def test_one_workflow_shows_its_life(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace, factories.definition(name="Life"))
    run = run_of(workspace, name="Ada")
    with tenancy.scope(workspace.pk):
        workflows.patch(row, {"description": "More"})
    url = f"{V1}/workflows/{row.pk}"

    found = data(api, """query ($id: ID!) { workflow(id: $id) { slug draft layout problems { code }
      versions { nodes { number isActive runsGoing role definition } } version(number: 1) { number publishedBy }
      diff { before after changes { kind sentence before after } } stats { eventsSeen fired runs avgDurationMs }
      runs { nodes { id status } }
      decisions(verdict: fired) { nodes { event { uid } decisions { verdict version trigger { key } } } } } }
    """, id=row.slug)["workflow"]  # fmt: skip

    rest = api.get(f"{url}/").json()
    assert (found["slug"], found["draft"], found["layout"], found["problems"]) == (
        "life", rest["draft"], rest["layout"], [],
    )  # fmt: skip
    version = api.get(f"{url}/versions/1/").json()
    assert found["versions"]["nodes"] == [
        {"number": 1, "isActive": True, "runsGoing": 0, "role": "admin", "definition": version["definition"]}
    ]
    assert found["version"] == {"number": 1, "publishedBy": "test"}
    diff = api.get(f"{url}/versions/draft/diff/").json()
    assert found["diff"] == {
        "before": "1", "after": "draft",
        "changes": [{key: each[key] for key in ("kind", "sentence", "before", "after")} for each in diff["changes"]],
    }  # fmt: skip
    stats = api.get(f"{url}/stats/").json()
    assert found["stats"] == {
        "eventsSeen": 1, "fired": 1, "runs": stats["runs"], "avgDurationMs": stats["avg_duration_ms"],
    }  # fmt: skip
    assert found["runs"]["nodes"] == [{"id": str(run.pk), "status": "completed"}]
    fired = {"verdict": "fired", "version": 1, "trigger": {"key": "t1"}}
    assert found["decisions"]["nodes"] == [{"event": {"uid": str(run.event_id)}, "decisions": [fired]}]


def test_one_run_shows_everything_that_rest_shows(api: APIClient, workspace: Workspace) -> None:
    notify = {"channel": "email", "trigger": "ON_COMPLETED", "to": "ada@example.com", "message": "done"}
    document = factories.definition(factories.log_event("hi {{ name }}", id="log", notifications=[notify]))
    factories.published(workspace, document)
    run = run_of(workspace, name="Ada")

    found = data(api, """query ($id: ID!) { run(id: $id) { id status version workflow { id name }
      event { id uid type context data } trigger output variables usage lineage error held { reason }
      createdAt startedAt finishedAt durationMs
      actions { nodes { id key type status output port input item attempts { number outcome durationMs } } }
      notifications { nodes { id to status policy trigger run } } decisions { verdict code reason } } }""",
      id=str(run.pk))["run"]  # fmt: skip

    rest = api.get(f"{V1}/workflow-runs/{run.pk}/").json()
    same = (
        "id",
        "status",
        "version",
        "workflow",
        "trigger",
        "output",
        "variables",
        "usage",
        "lineage",
        "error",
        "held",
    )
    assert {name: found[name] for name in same} == {name: rest[name] for name in same}
    assert (found["event"]["context"], found["event"]["data"]) == (rest["event"], {"name": "Ada"})
    assert (found["createdAt"], found["durationMs"]) == (rest["created_at"], rest["duration_ms"])
    (action,), (shown,) = found["actions"]["nodes"], rest["actions"]
    kept = ("id", "key", "type", "status", "output", "port", "input", "item")
    assert {name: action[name] for name in kept} == {name: shown[name] for name in kept}
    assert action["attempts"] == [
        {"number": 1, "outcome": "completed", "durationMs": shown["attempts"][0]["duration_ms"]}
    ]
    told = rest["notifications"]
    assert [each["id"] for each in found["notifications"]["nodes"]] == [each["id"] for each in told]
    assert [each["policy"] for each in told] == ["log/n1"]
    assert [each["verdict"] for each in found["decisions"]] == ["fired"]


def test_runs_are_filtered_as_in_rest(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace, factories.definition(name="Filtered"))
    run, other = run_of(workspace), run_of(workspace)
    query = """query ($workflow: ID, $status: RunStatus, $event: ID, $parent: ID, $held: Boolean, $since: DateTime,
                      $until: DateTime) {
      runs(workflow: $workflow, status: $status, event: $event, parent: $parent, held: $held, since: $since,
           until: $until) { nodes { id } } }"""

    cases: list[tuple[dict[str, Any], list[Run]]] = [
        ({}, [other, run]),
        ({"workflow": row.slug, "status": "completed"}, [other, run]),
        ({"workflow": str(row.pk), "event": str(run.event_id)}, [run]),
        ({"status": "failed"}, []),
        ({"parent": str(run.pk)}, []),
        ({"held": True}, []),
        ({"workflow": "nobody"}, []),
        ({"since": "2020-01-01T00:00:00Z", "until": "2190-01-01T00:00:00Z"}, [other, run]),
        ({"since": "2190-01-01T00:00:00Z"}, []),
    ]
    for given, expected in cases:
        nodes = data(api, query, **given)["runs"]["nodes"]
        assert [each["id"] for each in nodes] == [str(each.pk) for each in expected], given
    wrong = ask(api, query, parent="no id")["errors"][0]["extensions"]
    assert (wrong["code"], [each["path"] for each in wrong["errors"]]) == ("invalid", ["/parent"])


def test_actions_of_a_run_are_in_pages(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(*(asking.step(f"s{number}") for number in range(3))))
    run = run_of(workspace)
    query = """query ($id: ID!, $after: String) { run(id: $id) { actions(first: 2, after: $after) {
      nodes { key } pageInfo { hasNextPage endCursor } } } }"""

    first = data(api, query, id=str(run.pk))["run"]["actions"]
    second = data(api, query, id=str(run.pk), after=first["pageInfo"]["endCursor"])["run"]["actions"]

    assert [each["key"] for each in first["nodes"] + second["nodes"]] == ["s0", "s1", "s2"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


MANY_RUNS = """{ runs(first: 20) { nodes { id event { data } trigger usage variables lineage workflow { name }
  actions(first: 50) { nodes { key input output port waitingFor reused attempts { number response } } }
  notifications(first: 5) { nodes { to } } } } }"""
MANY_WORKFLOWS = """{ workflows(first: 20) { nodes { name draft circuit { state } hasUnpublishedChanges
  versions(first: 5) { nodes { number runsGoing definition } } runs(first: 5) { nodes { id usage } } } } }"""


@pytest.mark.parametrize(("query", "name"), [(MANY_RUNS, "runs"), (MANY_WORKFLOWS, "workflows")])
def test_twenty_cost_as_many_statements_as_one(api: APIClient, workspace: Workspace, query: str, name: str) -> None:
    actions = [asking.step("a"), asking.step("b")]
    factories.published(workspace, factories.definition(*actions, name="First"))
    run_of(workspace)
    counts = []
    for more in (0, 19):
        for number in range(more if name == "workflows" else 0):
            other = factories.definition(*actions, name=f"W{number}", trigger={"type": "other.created"})
            factories.published(workspace, other)
        for _ in range(more if name == "runs" else 0):
            run_of(workspace)
        data(api, query)  # published versions are read once for each process
        with CaptureQueriesContext(connection) as captured:
            found = data(api, query)[name]["nodes"]
        counts.append((len(found), len(captured)))

    (few, before), (many, after) = counts
    assert (few, many) == (1, 20)
    assert after == before


def test_a_page_is_one_of_1_to_100_rows_behind_a_cursor(api: APIClient) -> None:
    for arguments in ("first: 0", "first: 101", "first: -1", 'after: "x"', 'after: ""', 'after: "w6Q="'):
        assert refused(api, f"{{ runs({arguments}) {{ nodes {{ id }} }} }}") == [(400, "invalid")], arguments
