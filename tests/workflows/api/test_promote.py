"""Promoting a version of a workflow from one workspace to another over HTTP."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from core.services import api_keys, audit_proof, workspaces
from tests import factories
from tests.conftest import ClientFor
from tests.core.api.test_members import signed_in, user_named
from tests.envelopes import refused
from tests.workflows.api.test_workflow_import import rows
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.django_db

URL = "/api/v1/workflows/greet/promote/"


@pytest.fixture
def dev(workspace: Workspace) -> Workspace:
    """Has two versions and a draft."""
    row = factories.published(workspace)
    with tenancy.scope(workspace.pk):
        workflows.update(row, factories.definition(factories.log_event("second")))
        workflows.publish(row, published_by="ann")
        workflows.update(row, factories.definition(factories.log_event("draft")))
    return workspace


@pytest.fixture
def prod(other_workspace: Workspace) -> Workspace:
    return other_workspace


@pytest.fixture
def promoter(dev: Workspace, prod: Workspace) -> APIClient:
    """Has keys of editors of both."""
    return with_keys(dev, prod)


def with_keys(dev: Workspace, prod: Workspace, role: Role = Role.EDITOR, **scopes: Any) -> APIClient:
    client = APIClient()
    _, theirs = api_keys.issue(prod, name="there", role=role, **scopes)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.api_key(dev, Role.EDITOR)}", HTTP_X_TARGET_KEY=theirs)
    return client


def promote(client: APIClient, to: Workspace, **body: Any) -> Any:
    return client.post(URL, {"to": to.slug, **body}, format="json")


def found(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def standing(workspace: Workspace) -> Workflow:
    with tenancy.scope(workspace.pk):
        return Workflow.objects.select_related("active_version").get()


def entries(workspace: Workspace, action: str) -> list[AuditEntry]:
    with tenancy.scope(workspace.pk):
        return list(AuditEntry.objects.filter(action=action))


def message(definition: Any) -> str:
    text: str = definition["actions"][0]["params"]["message"]
    return text


def test_the_active_version_becomes_a_draft_there_that_starts_nothing(promoter: APIClient, prod: Workspace) -> None:
    answer = found(promote(promoter, prod))

    row = standing(prod)
    assert (row.status, row.active_version, message(row.draft)) == ("draft", None, "second")
    assert (answer["version"], answer["against"], answer["item"]["outcome"]) == (2, "nothing", "created")
    assert answer["item"]["id"] == str(row.pk)
    assert found(promote(promoter, prod))["item"]["outcome"] == "unchanged"


def test_any_version_is_published_there_and_says_where_it_comes_from(
    promoter: APIClient, dev: Workspace, prod: Workspace
) -> None:
    found(promote(promoter, prod, version=1, publish=True))

    answer = found(promote(promoter, prod, version=2, publish=True, reason="wording"))

    version = standing(prod).active_version
    assert version is not None
    assert (version.number, message(version.definition), version.role) == (2, "second", "editor")
    assert version.reason.startswith(f"promoted from {dev.slug} version 2 by key sq_")
    assert version.reason.endswith(": wording")
    assert (answer["item"]["published"], answer["against"]) == (2, "active")
    assert [each["sentence"] for each in answer["changes"]] == [
        '`log_event`: params.message changed from "hello" to "second".'
    ]


def test_a_dry_run_shows_what_differs_and_changes_no_row_in_either(
    promoter: APIClient, dev: Workspace, prod: Workspace
) -> None:
    found(promote(promoter, prod, version=1, publish=True))
    with tenancy.scope(prod.pk):
        workflows.update(Workflow.objects.get(), factories.definition(factories.log_event("theirs")))
    before = rows(dev), rows(prod)

    answer = found(promote(promoter, prod, dry_run=True, publish=True))

    assert (answer["dry_run"], answer["revision"], answer["has_unpublished_changes"]) == (True, 2, True)
    assert (answer["item"]["outcome"], answer["item"]["published"]) == ("changed", 2)
    assert [each["kind"] for each in answer["changes"]] == ["action_changed"]
    assert (rows(dev), rows(prod)) == before


def test_both_trails_tell_of_it_and_stay_whole(promoter: APIClient, dev: Workspace, prod: Workspace) -> None:
    found(promote(promoter, prod, publish=True, reason="go"))

    (here,), (there,) = entries(dev, "workflow.promoted"), entries(prod, "workflow.received")
    told = {"version": 2, "published": 1, "outcome": "created", "name": "Greet"}
    assert (here.after, here.reason) == ({**told, "to": prod.slug}, "go")
    assert (there.after, there.reason) == ({**told, "from": dev.slug}, "go")
    assert here.actor != there.actor
    assert here.target_id != there.target_id == standing(prod).pk
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for each in (dev, prod):
        assert proven(each), each


def proven(workspace: Workspace) -> bool:
    return not audit_proof.verify(workspace).problem


def test_what_is_missing_there_is_told_and_keeps_it_from_being_published(
    promoter: APIClient, dev: Workspace, prod: Workspace
) -> None:
    with tenancy.scope(dev.pk):
        row = Workflow.objects.get()
        child = factories.definition({"type": "workflow", "params": {"workflow": "Child"}})
        workflows.create(factories.definition(name="Child"))
        workflows.update(row, child)
        workflows.publish(row, published_by="ann")
    before = rows(dev), rows(prod)

    shown = found(promote(promoter, prod, publish=True, dry_run=True))["item"]
    answer = promote(promoter, prod, publish=True)

    assert [(each["kind"], each["name"]) for each in shown["missing"] if each["blocking"]] == [("workflow", "Child")]
    assert shown["outcome"] == "refused"
    (problem,) = refused(answer, status=400, code="invalid")
    assert (problem["path"], problem["code"]) == ("/actions/0/params/workflow", "missing_dependency")
    assert (rows(dev), rows(prod)) == before
    found(promote(promoter, prod))
    assert standing(prod).status == "draft"


def test_names_are_mapped_its_own_too(promoter: APIClient, prod: Workspace) -> None:
    mapping = {"event_types": {"lead.created": "crm.lead"}, "workflows": {"Greet": "Greet in production"}}

    found(promote(promoter, prod, mapping=mapping, publish=True))

    row = standing(prod)
    assert (row.name, row.draft["triggers"][0]["type"], row.status) == ("Greet in production", "crm.lead", "active")


def test_what_somebody_changed_there_meanwhile_is_not_overwritten(promoter: APIClient, prod: Workspace) -> None:
    found(promote(promoter, prod, version=1))
    revision = found(promote(promoter, prod, dry_run=True))["revision"]
    with tenancy.scope(prod.pk):
        workflows.update(Workflow.objects.get(), factories.definition(factories.log_event("theirs")))
    before = rows(prod)

    refused(promote(promoter, prod, revision=revision), status=412, code="precondition_failed")

    assert rows(prod) == before


def test_an_archived_workflow_there_is_not_replaced(promoter: APIClient, prod: Workspace) -> None:
    found(promote(promoter, prod, version=1))
    with tenancy.scope(prod.pk):
        Workflow.objects.update(status="archived")

    refused(promote(promoter, prod), status=409, code="conflict")


def test_a_person_promotes_where_they_may_edit(dev: Workspace, prod: Workspace) -> None:
    ann = user_named("ann", dev, Role.EDITOR)
    before = rows(prod)
    browser = signed_in(ann, dev)

    strange = promote(browser, prod)
    none = browser.post(URL, {"to": "no-such-workspace"}, format="json")
    assert rows(prod) == before
    workspaces.add_member(prod, user=ann, role=Role.OPERATOR)
    lower = promote(browser, prod)
    workspaces.add_member(prod, user=ann, role=Role.EDITOR)
    answer = promote(browser, prod)

    assert (strange.json()["code"], none.json()["code"]) == ("not_found", "not_found")
    assert strange.json()["detail"] == f"You are in no workspace {prod.slug!r}."
    refused(lower, status=403, code="forbidden")
    assert found(answer)["item"]["outcome"] == "created"
    assert [each.actor for each in entries(prod, "workflow.received")] == ["user ann"]


def test_a_key_does_not_open_another_workspace_and_tells_nothing_of_it(
    client_for: ClientFor, dev: Workspace, prod: Workspace
) -> None:
    third = factories.WorkspaceFactory.create()
    alone = client_for(dev, Role.EDITOR)
    ann = user_named("ann", dev)
    workspaces.add_member(prod, user=ann, role=Role.ADMIN)
    own = APIClient()
    own.credentials(HTTP_AUTHORIZATION=f"Bearer {api_keys.issue(dev, name='x', role=Role.ADMIN, owner=ann)[1]}")
    wrong = with_keys(dev, third)
    unknown = APIClient()
    here = f"Bearer {factories.api_key(dev, Role.EDITOR)}"
    unknown.credentials(HTTP_AUTHORIZATION=here, HTTP_X_TARGET_KEY="sq_nothing_of_ours")
    before = rows(prod)

    for client in (alone, own):
        for slug in (prod.slug, "no-such-workspace"):
            refused(client.post(URL, {"to": slug}, format="json"), status=403, code="forbidden")
    for slug in (prod.slug, "no-such-workspace"):
        refused(wrong.post(URL, {"to": slug}, format="json"), status=404, code="not_found")
        refused(unknown.post(URL, {"to": slug}, format="json"), status=401, code="unauthenticated")

    assert rows(prod) == before


def test_both_keys_need_the_role_and_the_scope(client_for: ClientFor, dev: Workspace, prod: Workspace) -> None:
    before = rows(prod)

    refused(promote(client_for(dev, Role.OPERATOR), prod), status=403, code="forbidden")
    for client in (with_keys(dev, prod, Role.OPERATOR), with_keys(dev, prod, scopes=["workflows:read"])):
        refused(promote(client, prod), status=403, code="forbidden")

    assert {**rows(prod), "AuditEntry": 0} == {**before, "AuditEntry": 0}


def test_what_cannot_be_promoted_is_refused(promoter: APIClient, dev: Workspace, prod: Workspace) -> None:
    with tenancy.scope(dev.pk):
        workflows.create(factories.definition(name="New"))
    bodies: list[tuple[dict[str, Any], str]] = [
        ({}, "/to"),
        ({"to": dev.slug}, "/to"),
        ({"to": 7}, "/to"),
        ({"to": prod.slug, "version": "draft"}, "/version"),
        ({"to": prod.slug, "mapping": {"planets": {}}}, "/mapping/planets"),
        ({"to": prod.slug, "mapping": {"secrets": {"a": ""}}}, "/mapping/secrets/a"),
        ({"to": prod.slug, "revision": 0}, "/revision"),
        ({"to": prod.slug, "force": True}, "/force"),
    ]

    for body, path in bodies:
        problems = refused(promoter.post(URL, body, format="json"), status=400, code="invalid")
        assert any(each["path"].startswith(path) for each in problems), (body, problems)
    for version in (3, -1, 10**12):
        refused(promote(promoter, prod, version=version), status=404, code="unknown_version")
    unpublished = promoter.post("/api/v1/workflows/new/promote/", {"to": prod.slug}, format="json")
    refused(unpublished, status=404, code="unknown_version")
    refused(promoter.post("/api/v1/workflows/none/promote/", {"to": prod.slug}, format="json"), status=404,
            code="not_found")  # fmt: skip


def test_with_a_key_it_is_done_once(promoter: APIClient, dev: Workspace, prod: Workspace) -> None:
    body = {"to": prod.slug, "publish": True}

    first, again = (promoter.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="once") for _ in range(2))

    assert found(first) == found(again)
    assert again["Idempotency-Replayed"] == "true"
    assert (len(entries(dev, "workflow.promoted")), len(entries(prod, "workflow.received"))) == (1, 1)
