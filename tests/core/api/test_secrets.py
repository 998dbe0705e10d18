from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Secret, Workspace
from core.services import secrets
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused

URL = "/api/v1/secrets/"
CANARY = "canary-c4n4ry"


def value_of(workspace: Workspace, name: str) -> str | None:
    with tenancy.scope(workspace.pk):
        return secrets.reveal([name]).get(name)


def test_a_secret_is_stored_and_answered_without_its_value(api: APIClient, workspace: Workspace) -> None:
    answer = api.post(URL, {"name": "api_key", "value": CANARY}, format="json")

    assert answer.status_code == 201
    body = answer.json()
    assert body == {"name": "api_key", "created_at": body["created_at"], "updated_at": body["updated_at"]}
    assert datetime.fromisoformat(body["created_at"]).tzinfo is not None
    assert value_of(workspace, "api_key") == CANARY


def test_a_secret_is_replaced_by_a_second_post(api: APIClient, workspace: Workspace) -> None:
    api.post(URL, {"name": "api_key", "value": "old"}, format="json")

    answer = api.post(URL, {"name": "api_key", "value": CANARY}, format="json")

    assert answer.status_code == 200
    assert value_of(workspace, "api_key") == CANARY
    assert [row["name"] for row in api.get(URL).json()["results"]] == ["api_key", "webhook_signing_secret"]


def test_the_list_tells_names_and_times_only(api: APIClient) -> None:
    api.post(URL, {"name": "api_key", "value": CANARY}, format="json")

    answer = api.get(URL)

    assert {frozenset(row) for row in answer.json()["results"]} == {frozenset({"name", "created_at", "updated_at"})}
    assert CANARY not in answer.content.decode()


def test_the_value_is_not_stored_readable(api: APIClient, workspace: Workspace) -> None:
    api.post(URL, {"name": "api_key", "value": CANARY}, format="json")

    with tenancy.scope(workspace.pk):
        token = Secret.objects.get(name="api_key").token

    assert CANARY not in token


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"name": "api_key", "value": [CANARY]}, ("/value", "invalid")),
        ({"name": "api_key", "value": {"a": CANARY}}, ("/value", "invalid")),
        ({"name": "api_key", "value": None}, ("/value", "invalid")),
        ({"name": "api_key", "value": ""}, ("/value", "invalid_value")),
        ({"name": "api_key", "value": CANARY * 6000}, ("/value", "invalid_value")),
        ({"name": "api_key", "value": "é" * 32769}, ("/value", "invalid_value")),
        ({"name": "1a", "value": CANARY}, ("/name", "invalid_name")),
        ({"name": "a-b", "value": CANARY}, ("/name", "invalid_name")),
        ({"name": "a b", "value": CANARY}, ("/name", "invalid_name")),
        ({"name": "a\n", "value": CANARY}, ("/name", "invalid_name")),
        ({"name": "ä", "value": CANARY}, ("/name", "invalid_name")),
        ({"name": "", "value": CANARY}, ("/name", "invalid_name")),
        ({"name": "a" * 101, "value": CANARY}, ("/name", "invalid_name")),
        ({"name": 1, "value": CANARY}, ("/name", "invalid")),
        ({"value": CANARY}, ("/name", "missing")),
        ({"name": "api_key"}, ("/value", "missing")),
        ({"name": "api_key", "value": CANARY, "note": 1}, ("/note", "unknown_field")),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_secret_that_cannot_be_one_is_refused_without_showing_its_value(
    api: APIClient, workspace: Workspace, body: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = api.post(URL, body, format="json")

    problems = refused(answer, status=400, code="invalid")
    assert [(each["path"], each["code"]) for each in problems] == [problem]
    assert CANARY not in answer.content.decode()
    with tenancy.scope(workspace.pk):
        assert secrets.names() == {"webhook_signing_secret"}


def test_a_name_that_differs_in_case_only_is_a_conflict_and_changes_nothing(
    api: APIClient, workspace: Workspace
) -> None:
    api.post(URL, {"name": "API_KEY", "value": "first"}, format="json")

    refused(api.post(URL, {"name": "api_key", "value": "second"}, format="json"), status=409, code="conflict")

    assert value_of(workspace, "API_KEY") == "first"
    assert value_of(workspace, "api_key") is None


def test_two_workspaces_have_secrets_of_their_own_under_one_name(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    api.post(URL, {"name": "api_key", "value": "ours"}, format="json")

    answer = client_for(other_workspace).post(URL, {"name": "api_key", "value": "theirs"}, format="json")

    assert answer.status_code == 201
    assert value_of(workspace, "api_key") == "ours"
    assert value_of(other_workspace, "api_key") == "theirs"


def test_a_workspace_does_not_see_the_names_of_another(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace
) -> None:
    api.post(URL, {"name": "ours", "value": "x"}, format="json")

    names = [row["name"] for row in client_for(other_workspace).get(URL).json()["results"]]

    assert names == ["webhook_signing_secret"]


def test_a_secret_says_which_workflows_read_it_and_goes_when_none_does(api: APIClient, workspace: Workspace) -> None:
    api.post(URL, {"name": "crm_token", "value": CANARY}, format="json")
    reading = {"type": "http_request", "params": {"url": "https://example.com/?t={{ secrets.crm_token }}"}}
    flow = factories.published(workspace, factories.definition(reading, name="Reads"))
    api.post("/api/v1/workflows/", {"definition": factories.definition(reading, name="Drafts")}, format="json")
    verified = {"type": "webhook", "params": {"verification": {"scheme": "github", "secret": "crm_token"}}}
    document = factories.definition(name="Verifies", trigger=verified)
    api.post("/api/v1/workflows/", {"definition": document}, format="json")
    api.post(
        "/api/v1/workflows/",
        {"definition": factories.definition(factories.log_event("crm_token"), name="Says")},
        format="json",
    )

    shown = api.get(f"{URL}crm_token/")
    used = api.delete(f"{URL}crm_token/")
    with tenancy.scope(workspace.pk):
        flow.active_version = None
        flow.save()
    gone = [api.delete(f"{URL}crm_token/").status_code for _ in range(2)]

    assert shown.json()["used_by"] == [
        {"workflow": "Drafts", "is_active": False},
        {"workflow": "Reads", "is_active": True},
        {"workflow": "Verifies", "is_active": False},
    ]
    assert CANARY not in shown.content.decode()
    refused(used, status=409, code="conflict")
    assert used.json()["detail"].endswith("while it is read by the workflows 'Reads'.")
    assert gone == [204, 404]
    assert value_of(workspace, "crm_token") is None


def test_an_archived_workflow_keeps_no_secret(api: APIClient, workspace: Workspace) -> None:
    api.post(URL, {"name": "crm_token", "value": CANARY}, format="json")
    flow = factories.published(workspace, factories.definition(factories.log_event("{{ secrets.crm_token }}")))
    refused(api.delete(f"{URL}crm_token/"), status=409, code="conflict")

    api.post(f"/api/v1/workflows/{flow.pk}/archive/", {}, format="json")

    assert api.get(f"{URL}crm_token/").json()["used_by"] == [{"workflow": flow.name, "is_active": False}]
    assert api.delete(f"{URL}crm_token/").status_code == 204


def test_the_secret_that_signs_webhooks_stays(api: APIClient) -> None:
    refused(api.delete(f"{URL}webhook_signing_secret/"), status=409, code="conflict")


def test_a_secret_of_another_workspace_is_none(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    api.post(URL, {"name": "ours", "value": CANARY}, format="json")
    stranger = client_for(other_workspace)

    for call in (stranger.get, stranger.delete):
        refused(call(f"{URL}ours/"), status=404, code="not_found")

    assert value_of(workspace, "ours") == CANARY
