from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from actions.models import Connection
from actions.services import authorizing, connections, sealing
from core import tenancy
from core.errors import ConflictError
from core.models import Role, Workspace
from core.services import workspaces
from tests import oauth
from tests.envelopes import refused
from tests.oauth import OAuthServer

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
CALLBACK = "/api/v1/connections/oauth/callback"


@pytest.fixture
def server(httpserver: HTTPServer) -> OAuthServer:
    return oauth.serve(httpserver)


@pytest.fixture
def row(workspace: Workspace, server: OAuthServer) -> Connection:
    given = server.settings(scopes="read write", authorize_params={"access_type": "offline"})
    with tenancy.scope(workspace.pk):
        return connections.create(
            name="crm", kind="oauth2", settings_=given, secrets={"client_secret": "client-s3cret-value"}
        )


def begun(api: APIClient) -> str:
    answer = api.post("/api/v1/connections/crm/authorize/")
    assert answer.status_code == 200
    return str(answer.json()["url"])


def tokens(row: Connection) -> dict[str, Any]:
    with tenancy.scope(row.workspace_id):
        return sealing.unseal(Connection.objects.get(pk=row.pk))


def test_a_person_who_agrees_connects_it(api: APIClient, client: Client, row: Connection, server: OAuthServer) -> None:
    url = begun(api)

    answer = client.get(CALLBACK, server.agree(url))

    assert answer.status_code == 200
    assert "crm" in answer.content.decode()
    kept = tokens(row)
    assert (kept["access_token"], kept["refresh_token"]) == ("access-token-1", "refresh-token-1")
    assert server.asked[0]["redirect_uri"] == "http://testserver/api/v1/connections/oauth/callback"
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (query["scope"], query["access_type"], query["client_id"]) == ("read write", "offline", "sequitur")
    assert "client_secret" not in url
    assert server.logins[0].startswith("Basic ")
    assert "client_secret" not in server.asked[0]


def test_what_comes_back_is_good_for_one_use(
    api: APIClient, client: Client, row: Connection, server: OAuthServer
) -> None:
    brought = server.agree(begun(api))
    client.get(CALLBACK, brought)

    again = client.get(CALLBACK, brought)

    refused(again, status=400, code="invalid_state")
    assert len(server.asked) == 1


def test_a_newer_authorisation_ends_the_older_one(
    api: APIClient, client: Client, row: Connection, server: OAuthServer
) -> None:
    older, newer = begun(api), begun(api)

    refused(client.get(CALLBACK, server.agree(older)), status=400, code="invalid_state")
    assert client.get(CALLBACK, server.agree(newer)).status_code == 200


def test_a_state_ends_after_ten_minutes(
    api: APIClient, client: Client, row: Connection, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = server.agree(begun(api))
    monkeypatch.setattr(authorizing, "STATE_SECONDS", -1)

    refused(client.get(CALLBACK, brought), status=400, code="invalid_state")
    assert "access_token" not in tokens(row)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": ""},
        {"state": "x", "code": "y"},
        {"state": "a:b:c", "code": "y"},
        {"code": "y", "state": "é" * 5000},
        {"state": ["a", "b"], "error": "x"},
    ],
    ids=lambda query: repr(query)[:40],
)
def test_what_was_never_begun_is_refused(client: Client, db: None, query: dict[str, Any]) -> None:
    refused(client.get(CALLBACK, query), status=400, code="invalid_state")


def test_a_state_that_was_changed_is_refused(
    api: APIClient, client: Client, row: Connection, server: OAuthServer
) -> None:
    brought = server.agree(begun(api))
    head, _, tail = brought["state"].partition(":")

    refused(client.get(CALLBACK, {**brought, "state": f"{head}x:{tail}"}), status=400, code="invalid_state")


def test_a_person_who_does_not_agree_ends_it(
    api: APIClient, client: Client, row: Connection, server: OAuthServer
) -> None:
    brought = server.agree(begun(api))

    answer = client.get(CALLBACK, {"state": brought["state"], "error": "access_denied"})

    refused(answer, status=400, code="authorization_refused")
    refused(client.get(CALLBACK, brought), status=400, code="invalid_state")
    assert server.asked == []


def test_a_code_that_the_server_refuses_is_an_error_without_secrets(
    api: APIClient, client: Client, row: Connection, server: OAuthServer
) -> None:
    server.refuses, server.echoes = "invalid_client", True
    brought = server.agree(begun(api))

    answer = client.get(CALLBACK, brought)

    refused(answer, status=400, code="authorization_refused")
    assert brought["code"] not in answer.content.decode()
    assert server.asked[0]["code_verifier"] not in answer.content.decode()


def test_who_began_in_a_browser_has_to_come_back_in_it(
    workspace: Workspace, row: Connection, server: OAuthServer
) -> None:
    users = [User.objects.create_user(name) for name in ("ada", "mallory")]
    browsers = [Client(), Client()]
    for user, browser in zip(users, browsers, strict=True):
        workspaces.add_member(workspace, user=user, role=Role.ADMIN)
        browser.force_login(user)
    url = browsers[0].post("/api/v1/connections/crm/authorize/").json()["url"]
    brought = server.agree(url)

    refused(browsers[1].get(CALLBACK, brought), status=400, code="invalid_state")
    refused(Client().get(CALLBACK, brought), status=400, code="invalid_state")

    assert browsers[0].get(CALLBACK, brought).status_code == 200


def test_a_connection_that_had_expired_works_again(
    api: APIClient, client: Client, row: Connection, server: OAuthServer
) -> None:
    with tenancy.scope(row.workspace_id):
        Connection.objects.update(needs_authorization=True)

    client.get(CALLBACK, server.agree(begun(api)))

    with tenancy.scope(row.workspace_id):
        assert Connection.objects.get().needs_authorization is False


@pytest.mark.parametrize("kind", ["http_bearer", "oauth2"])
def test_what_needs_nobody_is_not_authorised(scope: Workspace, server: OAuthServer, kind: str) -> None:
    given = server.settings(grant="client_credentials") if kind == "oauth2" else {"base_url": "https://a.example.com"}
    secrets = {} if kind == "oauth2" else {"token": "t0ken"}
    row = connections.create(name="plain", kind=kind, settings_=given, secrets=secrets)

    with pytest.raises(ConflictError):
        authorizing.begin(row, redirect_uri="http://testserver/", by="key x")
