"""Exporting whole workspaces over HTTP, and importing them."""

import io
import json
import zipfile
from typing import Any

import pytest
from rest_framework.test import APIClient

from actions.models import Connection
from actions.services import connections
from core import documents, tenancy
from core.models import AuditEntry, Workspace
from core.services import secrets
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from tests.workflows.api.test_workflow_import import rows
from tests.workflows.api.transfers import (
    SECRET,
    bundle,
    done,
    export,
    full,
    outcomes,
    take,
    url,
)
from triggers.models import Subscription
from workflows.models import Workflow, WorkflowTest

__all__ = ("full",)

pytestmark = pytest.mark.django_db


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


def test_patterns_come_along_under_the_names_that_they_have_there(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(variables={"least": 5})
    condition = {"field": "value", "operator": "gt", "value": "{{ vars.least }}"}
    big = {"name": "big", "type": "deal.won", "conditions": condition}
    assert api.post("/api/v1/patterns/", big, format="json").status_code == 201
    factories.published(workspace, factories.definition(trigger={"type": "pattern", "params": {"pattern": "big"}}))
    exported, there = bundle(api, workspace), client_for(other_workspace)
    names = {"patterns": {"big": "large"}, "variables": {"least": "minimum"}, "event_types": {"deal.won": "crm.won"}}

    lacking = take(there, other_workspace, {**exported, "patterns": []}).json()
    found = done(there, other_workspace, {"bundle": exported, "mapping": names}, publish="true")

    assert [each["kind"] for item in lacking["items"] for each in item["missing"]] == ["pattern"]
    assert outcomes(found)["pattern large"] == "created"
    [large] = bundle(there, other_workspace)["patterns"]
    assert (large["name"], large["type"], large["conditions"]["value"]) == ("large", "crm.won", "{{ vars.minimum }}")
    with tenancy.scope(other_workspace.pk):
        assert Workflow.objects.get().draft["triggers"][0]["params"] == {"pattern": "large"}
        assert Subscription.objects.get().event_type == "crm.won"


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


@pytest.mark.parametrize(
    ("accepted", "said", "kind"),
    [
        ("application/yaml", {}, "application/yaml"),
        ("application/zip", {}, "application/zip"),
        ("*/*", {}, "application/json"),
        ("application/yaml", {"as": "json"}, "application/json"),
    ],
)
def test_what_is_accepted_decides_where_nothing_is_said(
    api: APIClient, full: Workspace, accepted: str, said: dict[str, str], kind: str
) -> None:
    answer = api.get(url(full, "export"), said, headers={"Accept": accepted})

    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer["Content-Disposition"].endswith(f'{full.slug}.{kind.removeprefix("application/")}"')


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
