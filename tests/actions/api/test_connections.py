import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from actions.connections.registry import connection_types
from actions.models import Connection
from core import secret_box, tenancy
from core.models import Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused

URL = "/api/v1/connections/"
CANARY = "canary-c4n4ry-value"
BODY = {
    "name": "crm",
    "kind": "http_bearer",
    "settings": {"base_url": "https://api.example.com"},
    "secrets": {"token": CANARY},
}


def test_a_connection_is_stored_and_answered_without_its_secrets(api: APIClient) -> None:
    answer = api.post(URL, BODY, format="json")

    assert answer.status_code == 201
    body = answer.json()
    told = {key: body[key] for key in ("name", "kind", "settings", "secrets", "role", "warnings", "test_error")}
    assert told == {
        "name": "crm",
        "kind": "http_bearer",
        "settings": {"base_url": "https://api.example.com"},
        "secrets": {"token": "set"},
        "role": "editor",
        "warnings": [],
        "test_error": None,
    }
    assert api.get(f"{URL}crm/").json() == api.get(f"{URL}{body['id']}/").json() == body
    assert api.get(URL).json() == {"results": [body]}
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"secrets": CANARY}, ("/secrets", "invalid")),
        ({"secrets": [CANARY]}, ("/secrets", "invalid")),
        ({"secrets": {"token": {"a": CANARY}}}, ("/secrets/token", "invalid")),
        ({"secrets": {"token": CANARY, "more": CANARY}}, ("/secrets/more", "unknown_field")),
        ({"token": CANARY}, ("/token", "unknown_field")),
        ({"name": 1}, ("/name", "invalid")),
        ({"role": "boss"}, ("/role", "invalid")),
        ({"kind": "nope"}, ("/kind", "unknown_kind")),
        ({"expires_at": "tomorrow"}, ("/expires_at", "invalid")),
        ({"expires_at": "2026-01-01T00:00:00"}, ("/expires_at", "invalid")),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, ("/expires_at", "invalid")),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, ("/expires_at", "invalid")),
        ({"settings": None}, ("/settings", "invalid")),
    ],
    ids=repr,
)
def test_bad_input_is_refused_without_its_secrets(
    api: APIClient, change: dict[str, Any], problem: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = api.post(URL, {**BODY, **change}, format="json")

    found = refused(answer, status=400, code="invalid")
    assert [(each["path"], each["code"]) for each in found] == [problem]
    assert CANARY not in answer.content.decode()
    assert CANARY not in caplog.text
    assert api.get(URL).json()["results"] == []


@pytest.mark.parametrize("raw", [b'{"secrets": {"token": "canary-c4n4ry-value"', b'"canary-c4n4ry-value"', b"\xff"])
def test_a_body_that_cannot_be_read_is_not_repeated(api: APIClient, raw: bytes) -> None:
    answer = api.post(URL, raw, content_type="application/json")

    refused(answer, status=400, code="malformed")
    assert CANARY not in answer.content.decode()


def test_a_change_leaves_everything_else(api: APIClient) -> None:
    before = api.post(URL, BODY, format="json").json()

    answer = api.patch(f"{URL}crm/", {"role": "admin"}, format="json")
    again = api.patch(f"{URL}crm/", {"role": "admin"}, format="json")

    assert answer.status_code == 200
    changed = {key for key, value in answer.json().items() if value != before[key]}
    assert changed == {"role", "updated_at"}
    assert {**again.json(), "updated_at": ""} == {**answer.json(), "updated_at": ""}


def test_the_kind_is_not_changed(api: APIClient) -> None:
    api.post(URL, BODY, format="json")

    found = refused(api.patch(f"{URL}crm/", {"kind": "oauth2"}, format="json"), status=400, code="invalid")

    assert [each["path"] for each in found] == ["/kind"]


def test_it_is_deleted_unless_an_active_workflow_uses_it(api: APIClient, workspace: Workspace) -> None:
    api.post(URL, BODY, format="json")
    action = {"type": "test_connected", "params": {"connection": "crm"}}
    factories.published(workspace, factories.definition(action))

    answer = api.delete(f"{URL}crm/")
    refused(answer, status=409, code="conflict")
    api.post("/api/v1/workflows/greet/pause/")

    assert "'Greet'" in answer.json()["detail"]
    assert api.delete(f"{URL}crm/").status_code == 204
    refused(api.delete(f"{URL}crm/"), status=404, code="not_found")


@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("get", "", Role.EDITOR),
        ("get", "crm/", Role.EDITOR),
        ("post", "", Role.ADMIN),
        ("patch", "crm/", Role.ADMIN),
        ("delete", "crm/", Role.ADMIN),
        ("post", "crm/test/", Role.ADMIN),
        ("post", "crm/authorize/", Role.ADMIN),
    ],
)
def test_a_lesser_role_is_refused(
    api: APIClient, client_for: ClientFor, workspace: Workspace, method: str, path: str, least: Role
) -> None:
    api.post(URL, BODY, format="json")
    lesser = list(Role)[list(Role).index(least) - 1]

    answer = getattr(client_for(workspace, lesser), method)(URL + path, {}, format="json")

    refused(answer, status=403, code="forbidden")
    assert len(api.get(URL).json()["results"]) == 1


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("patch", ""), ("delete", ""), ("post", "test/")])
def test_another_workspace_finds_nothing(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace, method: str, path: str
) -> None:
    id_ = api.post(URL, BODY, format="json").json()["id"]
    stranger = client_for(other_workspace)

    answers = [getattr(stranger, method)(f"{URL}{name}/{path}", {}, format="json") for name in (id_, "crm")]

    for answer in answers:
        refused(answer, status=404, code="not_found")
    assert stranger.get(URL).json() == {"results": []}


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_test_says_what_it_found_and_keeps_a_failure(api: APIClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/me").respond_with_data(f"no such token: {CANARY}", status=401)
    settings = {"base_url": httpserver.url_for("/"), "test_path": "/me"}
    api.post(URL, {**BODY, "settings": settings}, format="json")

    failed = api.post(f"{URL}crm/test/")
    seen = api.get(f"{URL}crm/").json()
    httpserver.clear()
    httpserver.expect_request("/me", headers={"Authorization": f"Bearer {CANARY}"}).respond_with_data("hello")
    passed = api.post(f"{URL}crm/test/")

    assert (failed.status_code, failed.json()["ok"], failed.json()["code"]) == (200, False, "connection_refused")
    assert CANARY not in failed.content.decode()
    assert seen["test_error"]["code"] == "connection_refused"
    assert [each["code"] for each in seen["warnings"]] == ["test_failed"]
    assert passed.json() == {"ok": True, "message": "GET /me answered 200.", "code": None}
    assert api.get(f"{URL}crm/").json()["test_error"] is None


def test_the_list_warns_of_what_ends_and_of_what_cannot_be_read(
    api: APIClient, workspace: Workspace, settings: Any
) -> None:
    now = timezone.now()
    for name, days in (("ended", -1), ("soon", 6), ("later", 8)):
        ends = (now + timedelta(days=days)).isoformat()
        api.post(URL, {**BODY, "name": name, "expires_at": ends}, format="json")
    with tenancy.scope(workspace.pk):
        Connection.objects.filter(name="later").update(needs_authorization=True)

    def codes() -> dict[str, list[str]]:
        rows = api.get(URL).json()["results"]
        return {row["name"]: [each["code"] for each in row["warnings"]] for row in rows}

    assert codes() == {"ended": ["expired"], "later": ["authorization_needed"], "soon": ["expires_soon"]}
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key()]
    assert codes()["soon"] == ["expires_soon", "unreadable"]
    assert api.get(f"{URL}soon/").json()["secrets"] == {}


def test_the_types_are_described_for_forms(api: APIClient) -> None:
    found = {each["key"]: each for each in api.get("/api/v1/connection-types/").json()["results"]}

    assert set(found) == set(connection_types.keys())
    assert found["oauth2"]["is_oauth"] is True
    assert set(found["oauth2"]["secrets_schema"]["properties"]) == {"client_secret"}
    assert found["http_bearer"]["settings_schema"]["required"] == ["base_url"]
    for each in found.values():
        fields = {**each["settings_schema"]["properties"], **each["secrets_schema"].get("properties", {})}
        assert all(field.get("description") for field in fields.values()), each["key"]
