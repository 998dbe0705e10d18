"""Exporting whole workspaces over HTTP, and importing them."""

import io
import json
import zipfile
from copy import deepcopy
from typing import Any

import pytest
from rest_framework.test import APIClient

from actions.models import Connection
from actions.services import connections, connectors, message_templates
from actions.services.message_templates import Draft
from core import documents, tenancy
from core.models import AuditEntry, Role, Workspace
from core.services import api_keys, secrets
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from tests.workflows.api.test_workflow_import import rows
from triggers.services import event_types
from workflows.models import Workflow, WorkflowTest
from workflows.services import workflows

pytestmark = pytest.mark.django_db

SECRET = "canary-s3cr3t-4711"
CONNECTOR = {
    "name": "shop",
    "title": "Shop",
    "base_url": "https://shop.example.com",
    "description": "Orders.",
    "source": "https://shop.example.com/docs",
    "auth": {"kind": "none"},
    "operations": [
        {"key": "list_orders", "title": "List orders", "category": "shop", "method": "GET", "path": "/orders"}
    ],
}
PARENT = factories.definition(
    {"id": "get", "type": "http_request",
     "params": {"url": "https://api.example.com/{{ vars.team }}", "connection": "crm",
                "headers": {"X": "{{ secrets.key }}"}}},
    {"id": "mail", "type": "send_email", "params": {"to": "a@example.com", "template": "hello"}},
    {"id": "call", "type": "workflow", "params": {"workflow": "Child"}},
    {"id": "api", "type": "connector_request", "params": {"connector": "shop", "operation": "list_orders"}},
    name="A parent",
)  # fmt: skip


TEST = {
    "name": "It goes",
    "now": "2026-01-31T09:30:00+00:00",
    "event": {
        "id": "01980f3e-7a52-7c3b-9d10-5f2b6c1e8a44", "time": "2026-01-31T09:30:00+00:00", "event_id": "1",
        "type": "lead.created", "source": "", "subject": "", "data": {}, "request": None, "extensions": None,
    },
}  # fmt: skip


def url(workspace: Workspace, what: str) -> str:
    return f"/api/v1/workspaces/{workspace.slug}/{what}/"


def export(api: APIClient, workspace: Workspace, form: str = "json") -> bytes:
    answer: Any = api.get(url(workspace, "export"), {"as": form})
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def bundle(api: APIClient, workspace: Workspace) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(api, workspace))
    return found


def take(api: APIClient, workspace: Workspace, document: Any, **query: Any) -> Any:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return api.post(f"{url(workspace, 'import')}?{text}", document, format="json")


def done(api: APIClient, workspace: Workspace, document: Any, **query: Any) -> dict[str, Any]:
    """Previewed, and then done as the preview showed it."""
    preview = take(api, workspace, document, **query)
    assert preview.status_code == 200, preview.content
    answer = take(api, workspace, document, dry_run="false", expected=preview.json()["digest"], **query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    assert {**found, "dry_run": True} == {**preview.json(), "items": found["items"]}
    return found


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {f"{each['kind']} {each['name']}": each["outcome"] for each in found["items"]}


@pytest.fixture
def full(workspace: Workspace) -> Workspace:
    """A workspace with one of everything."""
    workspace.variables = {"team": "blue"}
    workspace.settings = {"link": "https://example.com"}
    workspace.limits = {"max_workflows": 50}
    workspace.action_roles = {"db_query": "admin"}
    workspace.time_zone = "Europe/Amsterdam"
    workspace.save()
    with tenancy.scope(workspace.pk):
        secrets.put(name="key", value=SECRET)
        event_types.create("lead.created", {"description": "A lead", "labels": ["crm"], "schema": {"type": "object"}})
        message_templates.create("hello", Draft("Hello {{ name }}", "Text", title="Hi"), by="ann")
        connectors.create(CONNECTOR)
        connections.create(
            name="crm", kind="http_bearer", settings_={"base_url": "https://api.example.com"}, secrets={"token": SECRET}
        )
        child = workflows.create(factories.definition(name="Child"))
        workflows.publish(child, published_by="ann")
        parent = workflows.create(PARENT)
        workflows.publish(parent, published_by="ann")
        workflows.pause(parent)
        workflows.update(parent, {**PARENT, "description": "being edited"})
        workflows.create({"name": "Unfinished", "actions": [{"type": "no_such_type"}]})
        archived = workflows.create(factories.definition(name="Old"))
        Workflow.objects.filter(pk=archived.pk).update(status="archived")
    return workspace


@pytest.fixture
def kept_test(api: APIClient, full: Workspace) -> None:
    body = {"name": "It goes", "event": {"type": "lead.created", "data": {"name": "Ann"}}}
    answer = api.post("/api/v1/workflows/child/tests/", body, format="json")
    assert answer.status_code == 201, answer.content


def set_up(target: Workspace) -> None:
    """What no bundle brings: the secrets."""
    with tenancy.scope(target.pk):
        secrets.put(name="key", value="theirs")


def give_token(target: Workspace) -> None:
    with tenancy.scope(target.pk):
        connections.update(Connection.objects.get(), secrets={"token": "theirs"})


@pytest.mark.usefixtures("kept_test")
def test_a_workspace_imported_into_an_empty_one_is_exported_the_same(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    there, exported = client_for(other_workspace), bundle(api, full)
    set_up(other_workspace)
    done(there, other_workspace, exported)
    give_token(other_workspace)

    found = done(there, other_workspace, exported, publish="true")

    again = bundle(there, other_workspace)
    assert {**again, "manifest": {}} == {**exported, "manifest": {}}
    assert again["manifest"]["digest"] == exported["manifest"]["digest"]
    assert {key: value for key, value in outcomes(found).items() if value == "changed"} == {
        "workflow Child": "changed", "workflow A parent": "changed"
    }  # fmt: skip
    assert set(outcomes(done(there, other_workspace, exported, publish="true")).values()) == {"unchanged"}
    with tenancy.scope(other_workspace.pk):
        assert WorkflowTest.objects.get().name == "It goes"
        assert Workflow.objects.get(name="A parent").draft["description"] == "being edited"


@pytest.mark.usefixtures("kept_test")
def test_every_form_says_the_same_and_twice_the_same_bytes(api: APIClient, full: Workspace) -> None:
    def timeless(content: bytes) -> bytes:
        made_at = json.loads(export(api, full))["manifest"]["made_at"]
        return content.replace(made_at[:16].encode(), b"")

    whole = bundle(api, full)
    text = export(api, full, "yaml")
    with zipfile.ZipFile(io.BytesIO(export(api, full, "zip"))) as archive:
        files = {name: documents.parse_yaml(archive.read(name), max_bytes=10**6) for name in archive.namelist()}

    assert documents.parse_yaml(text, max_bytes=10**6) | {"manifest": 0} == whole | {"manifest": 0}
    assert len(timeless(export(api, full))) == len(timeless(export(api, full)))
    assert files["workspace.yaml"] == whole["workspace"]
    assert files["workflows/a-parent.yaml"] == whole["workflows"][0]
    assert [name for name in files if name.startswith("workflows/")] == [
        "workflows/a-parent.yaml", "workflows/child.yaml", "workflows/unfinished.yaml"
    ]  # fmt: skip
    assert files["manifest.yaml"]["digest"] == whole["manifest"]["digest"]
    assert whole["manifest"]["needs"]["secrets"] == ["key"]
    assert whole["manifest"]["needs"]["action_types"][-1] == "workflow"
    assert whole["connections"][0]["secrets"] == ["token"]


def test_no_export_has_a_secret_and_none_is_taken_in(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    exported = bundle(api, full)
    content = export(api, full) + export(api, full, "yaml")
    exported["connections"][0]["secrets"] = [SECRET]
    done(client_for(other_workspace), other_workspace, exported)

    assert SECRET.encode() not in content
    assert b"sq_" not in content
    with tenancy.scope(other_workspace.pk):
        row = Connection.objects.get()
        assert (row.needs_authorization, connections.secrets_set(row)) == (True, {})


def test_a_preview_is_the_default_and_changes_no_row(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    there, exported = client_for(other_workspace), bundle(api, full)
    before = rows(other_workspace)

    found = take(there, other_workspace, exported, publish="true").json()
    plain = take(there, other_workspace, exported).json()

    assert (found["dry_run"], plain["dry_run"]) == (True, True)
    assert outcomes(found)["workflow A parent"] == "refused"
    assert {each["code"] for each in found["items"][-1]["problems"]} == {"missing_dependency"}
    assert set(outcomes(plain).values()) == {"created", "changed", "unchanged"}
    assert rows(other_workspace) == before


def test_what_is_missing_is_told_and_keeps_all_from_being_published(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    there, exported = client_for(other_workspace), bundle(api, full)
    preview = take(there, other_workspace, exported, publish="true").json()
    before = rows(other_workspace)

    answer = take(there, other_workspace, exported, publish="true", dry_run="false", expected=preview["digest"])

    parent = next(each for each in preview["items"] if each["name"] == "A parent")
    assert {(each["kind"], each["name"]) for each in parent["missing"]} == {
        ("secret", "key"), ("connection_secrets", "crm")
    }  # fmt: skip
    assert {each["path"] for each in refused(answer, status=400, code="invalid")} == {
        "/workflows/0/actions/0/params/connection", "/workflows/0/actions/0/params/headers/X"
    }  # fmt: skip
    assert rows(other_workspace) == before


def test_nothing_is_done_without_the_preview_or_when_it_would_do_something_else(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    there, exported = client_for(other_workspace), bundle(api, full)
    digest = take(there, other_workspace, exported).json()["digest"]
    there.post("/api/v1/workflows/", factories.definition(name="Child"), format="json")
    before = rows(other_workspace)

    unseen = take(there, other_workspace, exported, dry_run="false")
    changed = take(there, other_workspace, exported, dry_run="false", expected=digest)

    assert [each["path"] for each in refused(unseen, status=400, code="invalid")] == ["/expected"]
    refused(changed, status=409, code="changed")
    assert rows(other_workspace) == before


def test_what_differs_is_refused_kept_replaced_or_given_another_name(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    exported["workspace"]["variables"] = {"team": "red", "new": 1}
    exported["event_types"][0]["description"] = "Another"
    exported["message_templates"][0]["subject"] = "Another"
    exported["connectors"][0]["title"] = "Another"
    exported["connections"][0]["role"] = "admin"
    exported["workflows"][1]["active"] = dict(exported["workflows"][1]["draft"])
    exported["workflows"][1]["draft"]["description"] = "Another"
    names = ["workspace variables", "event_type lead.created", "message_template hello", "connector shop",
             "connection crm", "workflow Child"]  # fmt: skip

    found = {how: outcomes(take(api, full, exported, on_conflict=how).json()) for how in ("refuse", "keep", "rename")}
    replaced = outcomes(done(api, full, exported, on_conflict="replace"))

    assert [found["refuse"][name] for name in names] == ["refused"] * 6
    assert [found["keep"][name] for name in names] == ["changed", *["kept"] * 5]
    assert found["rename"]["workflow Child (copy)"] == "created"
    assert [replaced[name] for name in names] == ["changed"] * 6
    full.refresh_from_db()
    assert full.variables == {"team": "red", "new": 1}
    assert {**bundle(api, full), "manifest": 0} == {**exported, "manifest": 0}


def test_workflows_with_new_names_are_called_by_those(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    exported = {"manifest": {"format": 1}, "workflows": exported["workflows"][:2]}
    for each in exported["workflows"]:
        each["draft"]["description"] = "Another"

    done(api, full, exported, on_conflict="rename")

    with tenancy.scope(full.pk):
        row = Workflow.objects.get(name="A parent (copy)")
        assert row.draft["actions"][2]["params"]["workflow"] == "Child (copy)"


def test_names_are_mapped_everywhere(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    there, exported = client_for(other_workspace), bundle(api, full)
    exported["workflows"][0]["draft"]["conditions"] = {
        "field": "vars.team",
        "operator": "eq",
        "value": "{{ vars.team }}",
    }
    exported["workflows"][0]["draft"]["actions"][1]["params"]["subject"] = (
        "secrets.key {{ secrets.key | default('secrets.key') }}"
    )
    mapping = {
        "connections": {"crm": "crm-prod"},
        "secrets": {"key": "api-key"},
        "variables": {"team": "squad"},
        "event_types": {"lead.created": "crm.lead.created"},
        "message_templates": {"hello": "welcome"},
        "connectors": {"shop": "store"},
        "workflows": {"Child": "Kid"},
    }

    done(there, other_workspace, {"bundle": exported, "mapping": mapping})

    with tenancy.scope(other_workspace.pk):
        draft = Workflow.objects.get(name="A parent").draft
        get, mail, call, shop = (each["params"] for each in draft["actions"])
        assert draft["triggers"][0]["type"] == "crm.lead.created"
        assert draft["conditions"] == {"field": "vars.squad", "operator": "eq", "value": "{{ vars.squad }}"}
        assert (get["connection"], get["url"]) == ("crm-prod", "https://api.example.com/{{ vars.squad }}")
        assert get["headers"]["X"] == '{{ secrets["api-key"] }}'
        assert mail["template"] == "welcome"
        assert mail["subject"] == "secrets.key {{ secrets[\"api-key\"] | default('secrets.key') }}"
        assert (call["workflow"], shop["connector"]) == ("Kid", "store")
        assert Workflow.objects.filter(name="Kid").exists()
        assert Connection.objects.get().name == "crm-prod"
    other_workspace.refresh_from_db()
    assert other_workspace.variables == {"squad": "blue"}


def test_an_import_is_audited_and_a_preview_is_not(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    there, exported = client_for(other_workspace), bundle(api, full)
    done(there, other_workspace, exported)

    with tenancy.scope(other_workspace.pk):
        (entry,) = AuditEntry.objects.filter(action="workspace.imported")
    assert entry.after is not None
    assert (entry.after["from"], entry.after["created"]) == (full.slug, 7)
    assert entry.actor.startswith("key sq_")


def test_a_circle_is_told_and_published_all_the_same(api: APIClient, workspace: Workspace) -> None:
    def calling(name: str, other: str) -> dict[str, Any]:
        definition = factories.definition({"type": "workflow", "params": {"workflow": other}}, name=name)
        return {"status": "active", "draft": definition}

    circle = [calling("A", "B"), calling("B", "C"), calling("C", "A")]
    found = done(api, workspace, {"manifest": {"format": 1}, "workflows": circle}, publish="true")

    assert len(found["warnings"]) == 1
    assert found["warnings"][0].startswith("These workflows start each other in a circle: ")
    assert [each["published"] for each in found["items"]] == [1, 1, 1]


def test_workflows_that_others_start_come_first(api: APIClient, workspace: Workspace) -> None:
    parent = factories.definition({"type": "workflow", "params": {"workflow": "Z child"}}, name="A")
    both = [{"draft": parent}, {"draft": factories.definition(name="Z child")}]

    found = take(api, workspace, {"manifest": {"format": 1}, "workflows": both}).json()

    assert [each["name"] for each in found["items"]] == ["Z child", "A"]


def test_a_bundle_that_was_edited_is_taken_and_said_to_be(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    exported["workflows"].pop()

    found = take(api, full, exported).json()

    assert found["warnings"] == [
        "The bundle was changed after it was exported: its content is not what its digest stands for."
    ]


def spoiled(exported: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Bundles with one thing wrong, and where."""
    cases: list[tuple[list[Any], Any, str]] = [
        (["manifest", "format"], 2, "/manifest/format"),
        (["manifest", "format"], True, "/manifest/format"),
        (["manifest", "format"], "1", "/manifest/format"),
        (["manifest"], [], "/manifest"),
        (["runs"], [], "/runs"),
        (["workspace", "slug"], "x", "/workspace/slug"),
        (["workspace", "variables"], [], "/workspace/variables"),
        (["event_types", 0, "name"], "a b", "/event_types/0/name"),
        (["event_types", 0, "producer"], "x" * 201, "/event_types/0/producer"),
        (["event_types", 0, "id"], "x", "/event_types/0/id"),
        (["connections", 0, "token"], "x", "/connections/0/token"),
        (["connections", 0, "role"], "king", "/connections/0/role"),
        (["message_templates", 0, "title"], "x" * 201, "/message_templates/0/title"),
        (["workflows", 0, "status"], "archived", "/workflows/0/status"),
        (["workflows", 0, "draft", "name"], "", "/workflows/0/draft/name"),
        (["workflows", 0, "draft", "name"], 7, "/workflows/0/draft/name"),
        (["workflows", 1, "draft", "name"], "A PARENT", "/workflows/1"),
        (["event_types"], [{"name": "a.b"}, {"name": "a.b"}], "/event_types/1"),
        (["connectors"], [{"name": "a"}, {"name": "A"}], "/connectors/1"),
        (["workflows", 0, "tests"], [{**TEST, "now": "1700000000"}], "/workflows/0/tests/0/now"),
        (["workflows", 0, "tests"], [{**TEST, "now": "2026-01-31T09:30:00"}], "/workflows/0/tests/0/now"),
        (["workflows", 0, "tests"], [{**TEST, "expected": {"actions": {"a": 1}}}], "/workflows/0/tests/0/expected"),
        (["workflows", 0, "tests"], [{**TEST, "event": {"type": "x"}}], "/workflows/0/tests/0/event"),
        (["workflows", 0, "draft"], [], "/workflows/0/draft"),
        (["workflows", 0, "layout"], {"a": {"x": "y"}}, "/workflows/0/layout/a/x"),
        (["workflows"], [{"draft": {"name": str(n)}} for n in range(501)], "/workflows"),
        (["workflows", 0, "tests"], [{"name": "x"}], "/workflows/0/tests/0/event"),
        (["workflows", 0, "draft", "actions"], ["{{ a }}"] * 10_001, "/workflows"),
    ]
    found = []
    for way, value, path in cases:
        document = deepcopy(exported)
        place: Any = document
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = value
        found.append((document, path))
    return found


def test_what_is_no_bundle_is_refused_with_its_place(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    before = rows(full)

    for document, path in spoiled(exported):
        problems = refused(take(api, full, document), status=400, code="invalid")
        assert any(each["path"].startswith(path) for each in problems), (path, problems)

    assert rows(full) == before


def test_two_things_do_not_get_one_name_by_the_mapping(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    mapping = {"workflows": {"Child": "a parent"}, "variables": {"team": "squad"}}
    exported["workspace"]["variables"]["squad"] = "red"

    problems = refused(take(api, full, {"bundle": exported, "mapping": mapping}), status=400, code="invalid")

    assert [each["path"] for each in problems] == ["/workspace/variables", "/workflows/1"]


def test_tests_that_fail_keep_their_workflow_from_being_published(api: APIClient, workspace: Workspace) -> None:
    def tested(**parts: Any) -> dict[str, Any]:
        workflow = {"status": "active", "draft": factories.definition(), "tests": [{**TEST, **parts}]}
        return {"manifest": {"format": 1}, "workflows": [workflow]}

    good = take(api, workspace, tested(expected={"status": "completed"}), publish="true").json()
    bad = take(api, workspace, tested(expected={"status": "failed"}), publish="true").json()
    odd = take(api, workspace, tested(pins={"nothing": 5}, answers={"log_event": 5}), publish="true").json()
    renamed = {"bundle": tested(expected={"status": "completed"}), "mapping": {"event_types": {"lead.created": "a.b"}}}

    assert [outcomes(each)["workflow Greet"] for each in (good, bad, odd)] == ["created", "refused", "refused"]
    assert {each["code"] for each in bad["items"][-1]["problems"]} == {"test_failed"}
    assert outcomes(take(api, workspace, renamed, publish="true").json())["workflow Greet"] == "created"


def test_what_no_service_would_store_is_refused_with_its_place(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    cases: list[tuple[list[Any], Any, str]] = [
        (["workspace", "time_zone"], "Mars/Olympus", "/workspace/time_zone/time_zone"),
        (["workspace", "limits"], {"max_workflows": 10**9}, "/workspace/limits/limits"),
        (["event_types", 0, "schema"], {"type": "nothing"}, "/event_types/0/schema"),
        (["message_templates", 0, "subject"], "{{ oops", "/message_templates/0/subject"),
        (["connectors", 0, "auth"], {"kind": "magic"}, "/connectors/0/auth"),
        (["connections", 0, "kind"], "fax", "/connections/0/kind"),
        (["connections", 0, "settings"], {"base_url": "https://evil.example.com"}, "/connections/0/secrets/token"),
    ]
    before = rows(full)

    for way, value, path in cases:
        document = deepcopy(exported)
        place: Any = document
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = value
        found = take(api, full, document, on_conflict="replace").json()
        problems = [each for item in found["items"] if item["outcome"] == "refused" for each in item["problems"]]
        assert [each["path"].startswith(path) for each in problems] in ([True], [True, True]), (path, problems)

    assert rows(full) == before


def test_hostile_documents_are_refused_before_they_are_read(api: APIClient, full: Workspace) -> None:
    hostile = [
        ("application/yaml", b"manifest: &a [1]\nworkspace: *a", 400),
        ("application/yaml", b"manifest: {format: 1}\nx: " + b"[" * 70 + b"]" * 70, 400),
        ("application/json", b'{"manifest": {"format": 1}, "x": ' + b"[" * 70 + b"]" * 70 + b"}", 400),
        ("application/json", b'{"manifest": {"format": 1, "product": "a\\u0000"}}', 400),
        ("application/json", b'{"manifest": {"format": 1}, "manifest": {"format": 1}}', 400),
        ("application/json", b"{" + b" " * (8 * 1024 * 1024), 413),
        ("text/plain", b"{}", 415),
    ]
    for content_type, content, status in hostile:
        answer = api.post(url(full, "import"), content, content_type=content_type)
        assert answer.status_code == status, answer.content[:300]


def test_only_admins_import_only_editors_export_and_strangers_see_no_workspace(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    exported = bundle(api, full)
    stranger, operator, editor = (
        client_for(other_workspace), client_for(full, Role.OPERATOR), client_for(full, Role.EDITOR)
    )  # fmt: skip
    before = rows(full)

    assert export(editor, full)
    refused(operator.get(url(full, "export")), status=403, code="forbidden")
    refused(take(editor, full, exported), status=403, code="forbidden")
    refused(stranger.get(url(full, "export")), status=404, code="not_found")
    refused(take(stranger, full, exported), status=404, code="not_found")
    assert rows(full) == before


def test_a_key_with_scopes_needs_one_for_each_part(full: Workspace) -> None:
    areas = ["workspace", "workflows", "events", "connections", "data"]

    def status(missing: str, verb: str) -> int:
        scopes = [f"{area}:{verb}" for area in areas if area != missing]
        _, key = api_keys.issue(full, name="x", role=Role.ADMIN, scopes=scopes)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        if verb == "read":
            return int(client.get(url(full, "export")).status_code)
        return int(take(client, full, {"manifest": {"format": 1}}).status_code)

    assert [status(area, verb) for verb in ("read", "write") for area in areas] == [403] * 10
    assert [status("", "read"), status("", "write")] == [200, 200]
