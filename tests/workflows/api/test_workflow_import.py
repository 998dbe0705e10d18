"""Importing workflows over HTTP: drafts of documents, all of them or none."""

import json
from typing import Any

import pytest
from django.db.models import Model
from rest_framework.test import APIClient

from core import documents, tenancy
from core.models import ApiKey, Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from tests.test_admin import OURS
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

URL = "/api/v1/workflows/import/"
GRAPH = {
    "name": "Drawn",
    "nodes": [
        {"id": "start", "type": "trigger", "position": {"x": 1, "y": 2}, "data": {"type": "lead.created"}},
        {"id": "log", "position": {"x": 3, "y": 4}, "data": {"type": "log_event", "params": {"message": "x"}}},
    ],
    "edges": [{"id": "e", "source": "start", "target": "log"}],
}


def send(api: APIClient, document: Any, query: str = "", **headers: Any) -> Any:
    return api.post(f"{URL}{query}", document, format="json", **headers)


def send_yaml(api: APIClient, text: str | bytes) -> Any:
    return api.post(URL, text, content_type="application/yaml")


def outcomes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.content
    return [(each["name"], each["outcome"]) for each in answer.json()["items"]]


def rows(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """Every row of the workspace, but for when its keys were used."""
    with tenancy.unscoped("the test looks at every row"):
        found: dict[str, list[dict[str, Any]]] = {}
        models: list[type[Model]] = [each for each in OURS if each is not ApiKey and each.__name__ != "Heartbeat"]
        for model in models:
            of = {"pk": workspace.pk} if model is Workspace else {"workspace_id": workspace.pk}
            found[model.__name__] = list(model._default_manager.filter(**of).order_by("pk").values())
        return found


def missing(item: Any) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["name"], each["path"]) for each in item["missing"]]


def test_a_yaml_stream_of_several_becomes_drafts_in_one_go(api: APIClient, workspace: Workspace) -> None:
    texts = [documents.dump_yaml(factories.definition(name=name)) for name in ("One", "Two")]

    answer = send_yaml(api, "---\n" + "\n---\n".join(texts) + "\n---\n")

    assert outcomes(answer) == [("One", "created"), ("Two", "created")]
    assert answer.json()["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "kept": 0, "refused": 0}
    with tenancy.scope(workspace.pk):
        found = {row.name: row for row in Workflow.objects.all()}
        assert {row.status for row in found.values()} == {"draft"}
    assert [each["id"] for each in answer.json()["items"]] == [str(found[name].pk) for name in ("One", "Two")]


@pytest.mark.parametrize("query", ["", "?on_conflict=replace"])
def test_what_is_exported_and_imported_again_is_unchanged(api: APIClient, query: str) -> None:
    made = send(api, GRAPH).json()["items"][0]
    exported = api.get(f"/api/v1/workflows/{made['id']}/export/")
    drawn = api.get(f"/api/v1/workflows/{made['id']}/export/", {"as": "react_flow"})

    again = [api.post(f"{URL}{query}", each.content, content_type="application/json") for each in (exported, drawn)]

    assert [outcomes(each) for each in again] == [[("Drawn", "unchanged")]] * 2
    assert api.get(f"/api/v1/workflows/{made['id']}/export/").content == exported.content


@pytest.mark.parametrize("query", ["?dry_run=true", "?dry_run=true&on_conflict=replace"])
def test_a_dry_run_tells_what_would_happen_and_changes_no_row(api: APIClient, workspace: Workspace, query: str) -> None:
    send(api, factories.definition(name="There"))
    before = rows(workspace)

    answer = send(
        api, {"documents": [factories.definition(name="There"), factories.definition(name="New"), GRAPH]}, query
    )

    assert outcomes(answer) == [("There", "unchanged"), ("New", "created"), ("Drawn", "created")]
    assert (answer.json()["dry_run"], answer.json()["items"][1]["id"]) == (True, None)
    assert rows(workspace) == before


def test_a_taken_name_is_refused_and_then_nothing_is_made(api: APIClient, workspace: Workspace) -> None:
    send(api, factories.definition(name="There"))
    before = rows(workspace)
    both = {
        "documents": [factories.definition(name="New"), factories.definition(factories.log_event("x"), name="there")]
    }

    problems = refused(send(api, both), status=400, code="invalid")
    looked = send(api, both, "?dry_run=true")

    assert [(each["path"], each["code"]) for each in problems] == [("/documents/1/name", "taken")]
    assert outcomes(looked) == [("New", "created"), ("there", "refused")]
    assert looked.json()["items"][1]["problems"] == problems
    assert rows(workspace) == before


def test_a_taken_name_can_be_replaced_kept_or_given_another(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    other = factories.definition(factories.log_event("other"), factories.log_event("new", id="more"))

    kept = send(api, other, "?on_conflict=keep")
    renamed = send(api, other, "?on_conflict=rename")
    replaced = send(api, other, "?on_conflict=replace")

    assert [outcomes(each) for each in (kept, renamed, replaced)] == [
        [("Greet", "kept")], [("Greet (copy)", "created")], [("Greet", "changed")]
    ]  # fmt: skip
    assert replaced.json()["items"][0]["changes"] == [
        '`log_event`: params.message changed from "hello" to "other".',
        "`more` was added: log_event.",
    ]
    with tenancy.scope(workspace.pk):
        row = Workflow.objects.select_related("active_version").get(pk=workflow.pk)
        assert (row.status, row.revision, row.draft["actions"][0]["params"]["message"]) == ("active", 2, "other")
        assert row.active_version is not None
        assert row.active_version.definition["actions"][0]["params"]["message"] == "hello"


def test_only_what_is_expected_is_replaced(api: APIClient, workspace: Workspace) -> None:
    send(api, factories.definition())
    tag = api.get("/api/v1/workflows/greet/")["ETag"]
    api.patch("/api/v1/workflows/greet/", {"description": "mine"}, format="json")
    before = rows(workspace)

    late = send(api, factories.definition(factories.log_event("x")), "?on_conflict=replace", HTTP_IF_MATCH=tag)
    gone = send(api, factories.definition(name="Gone"), "?on_conflict=replace", HTTP_IF_MATCH=tag)
    two = send(api, {"documents": [GRAPH, GRAPH]}, "?on_conflict=replace", HTTP_IF_MATCH=tag)

    assert [each["path"] for each in refused(late, status=412, code="precondition_failed")] == ["/documents/0"]
    assert [each["path"] for each in refused(gone, status=412, code="precondition_failed")] == ["/documents/0"]
    assert [each["path"] for each in refused(two, status=400, code="invalid")] == ["/documents"]
    assert rows(workspace) == before


def test_drafts_say_what_they_lack(api: APIClient) -> None:
    parent = factories.definition(
        {"id": "get", "type": "http_request", "params": {"url": "https://example.com/{{ vars.team }}",
         "connection": "crm", "headers": {"X": "{{ secrets.key }}"}}},
        {"id": "mail", "type": "send_email", "params": {"to": "a@example.com", "template": "hello"}},
        {"id": "call", "type": "workflow", "params": {"workflow": "Child"}},
        {"id": "api", "type": "connector_request", "params": {"connector": "shop", "operation": "list"}},
        {"id": "note", "type": "add_note", "params": {"entity_type": "spaceship", "entity_id": "1", "text": "x"}},
        {"id": "beam", "type": "beam_up"},
        {"id": "sms", "type": "log_event", "params": {"message": "x"},
         "notifications": [{"channel": "pigeon", "trigger": "ON_FAILED", "to": "a"}]},
        name="Parent",
        triggers=[{"type": "lead.created"}, {"type": "ansible", "params": {"play": "x"}}],
        conditions={"field": "vars.open", "operator": "eq", "value": True},
        settings={"on_failure": "Clean up"},
    )  # fmt: skip

    alone = send(api, parent, "?dry_run=true").json()["items"][0]
    both = send(api, {"documents": [parent, factories.definition(name="Child")]}, "?dry_run=true").json()["items"][0]

    expected = {
        ("event_type", "lead.created", "/triggers/0/type"),
        ("trigger_type", "ansible", "/triggers/1/type"),
        ("workflow", "Clean up", "/settings/on_failure"),
        ("connection", "crm", "/actions/0/params/connection"),
        ("message_template", "hello", "/actions/1/params/template"),
        ("workflow", "Child", "/actions/2/params/workflow"),
        ("connector", "shop", "/actions/3/params/connector"),
        ("entity_type", "spaceship", "/actions/4/params/entity_type"),
        ("action_type", "beam_up", "/actions/5/type"),
        ("channel", "pigeon", "/actions/6/notifications/0/channel"),
        ("variable", "team", "/actions/0/params/url"),
        ("secret", "key", "/actions/0/params/headers/X"),
        ("variable", "open", "/conditions/field"),
    }
    assert set(missing(alone)) == {(kind, name, f"/documents/0{path}") for kind, name, path in expected}
    assert {name for _, name, _ in set(missing(alone)) - set(missing(both))} == {"Child"}
    assert {each["kind"] for each in alone["missing"] if not each["blocking"]} == {"event_type", "variable"}
    assert {each["path"] for each in alone["problems"]} > {"/documents/0/actions/5/type"}
    assert alone["outcome"] == "created"


def test_an_action_that_the_role_may_not_use_is_missing(client_for: ClientFor, workspace: Workspace) -> None:
    workspace.action_roles = {"log_event": "admin"}
    workspace.save()

    seen = [
        missing(send(client_for(workspace, role), factories.definition(), "?dry_run=true").json()["items"][0])
        for role in (Role.ADMIN, Role.EDITOR)
    ]

    event = ("event_type", "lead.created", "/documents/0/triggers/0/type")
    assert seen == [[event], [event, ("action_role", "log_event", "/documents/0/actions/0/type")]]


HOSTILE = [
    ("a: &a [x]\nb: [*a, *a]", 400, "malformed", "anchors and aliases"),
    ("a: !!python/object:os.system x", 400, "malformed", "tags"),
    ("[" * 100 + "]" * 100, 400, "malformed", "nested too deeply"),
    ('name: "a\\0b"', 400, "malformed", "cannot be stored"),
    ("name: [", 400, "malformed", "not YAML"),
    ("- a\n- b", 400, "invalid", "It should be an object"),
    ("name: x\n---\nwords", 400, "invalid", "It should be an object"),
    ("actions: []", 400, "invalid", "Expected a name"),
    ("---\n---\n", 400, "invalid", "Expected 1 to 100 workflows"),
    ("---\n".join(["a: 1\n"] * 102), 413, "too_large", "more than 100 documents"),
    ("a: 1\n" + "#" * 1024 * 1024, 413, "too_large", "larger than"),
]


def test_documents_that_are_none_are_refused_and_not_taken_for_a_workflow(api: APIClient) -> None:
    given = [{"documents": [{"name": "A"}], "dry_run": 1}, {"documents": 0}, {"documents": {"name": "A"}}]
    answers = [api.post("/api/v1/workflows/import/?dry_run=true", each, format="json") for each in given]

    assert [each.status_code for each in answers] == [400, 400, 400]
    assert [each.json()["errors"][0]["path"] for each in answers] == ["/dry_run", "/documents", "/documents"]


def test_hostile_streams_are_refused_in_words(api: APIClient, workspace: Workspace) -> None:
    before = rows(workspace)

    for text, status, code, says in HOSTILE:
        answer = send_yaml(api, text)
        problems = refused(answer, status=status, code=code)
        assert says in json.dumps([answer.json()["detail"], problems])

    assert rows(workspace) == before


def test_what_is_too_much_or_of_a_wrong_type_is_refused(api: APIClient) -> None:
    many = [{"name": str(each), "actions": ["{{ a }}"] * 200} for each in range(60)]
    long = [{"name": str(each), "actions": ["{{ a }}" * 800]} for each in range(90)]
    cases: list[tuple[Any, str, int, str]] = [
        ({"documents": many}, "", 400, "/documents"),
        ({"documents": long}, "", 400, "/documents"),
        ({"documents": []}, "", 400, "/documents"),
        ({"documents": [{"name": "x", "description": "x" * 300_000}] * 2}, "", 400, "/documents/0"),
        ({"documents": [1]}, "", 400, "/documents/0"),
        ({"documents": [{"name": 7}]}, "", 400, "/documents/0/name"),
        ({"name": "x" * 201}, "", 400, "/documents/0/name"),
        (factories.definition(), "?on_conflict=maybe", 400, "/on_conflict"),
        (factories.definition(), "?dry_run=2", 400, "/dry_run"),
        (factories.definition(), "?publish=true", 400, "/publish"),
    ]

    for document, query, status, path in cases:
        answer = send(api, document, query)
        assert refused(answer, status=status, code="invalid")[0]["path"] == path


def test_operators_import_nothing_and_an_archived_workflow_is_not_replaced(
    api: APIClient, client_for: ClientFor, workspace: Workspace
) -> None:
    factories.published(workspace)
    api.post("/api/v1/workflows/greet/archive/")
    other, operator = factories.definition(factories.log_event("x")), client_for(workspace, Role.OPERATOR)
    before = rows(workspace)

    refused(send(operator, other, "?dry_run=true"), status=403, code="forbidden")
    (problem,) = refused(send(api, other, "?on_conflict=replace"), status=409, code="conflict")

    assert (problem["path"], problem["code"]) == ("/documents/0", "conflict")
    assert rows(workspace) == before


def test_a_workflow_named_like_the_word_of_the_url_is_found_by_its_slug(api: APIClient) -> None:
    send(api, factories.definition(name="Import"))

    assert api.get("/api/v1/workflows/import-2/").json()["name"] == "Import"
