import base64
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions.models import Connection
from actions.services import connections
from core.errors import InvalidError
from tests import oauth
from tests.actions.connections.types.testing import carried, probed
from tests.oauth import OAuthServer

pytestmark = pytest.mark.usefixtures("scope", "loopback_is_allowed")
SECRET = {"client_secret": "client s3cret+value"}


@pytest.fixture
def server(httpserver: HTTPServer) -> OAuthServer:
    return oauth.serve(httpserver)


def test_client_credentials_fetch_a_token_by_themselves(server: OAuthServer) -> None:
    settings = server.settings(grant="client_credentials", scopes=["read"], audience="api", authorize_url=None)

    found, told = carried("oauth2", settings, SECRET)

    assert found.headers == {"Authorization": "Bearer access-token-1"}
    assert server.asked == [{"grant_type": "client_credentials", "scope": "read", "audience": "api"}]
    login = base64.b64encode(b"sequitur:client+s3cret%2Bvalue").decode()  # RFC 6749, section 2.3.1
    assert server.logins == [f"Basic {login}"]
    assert told == {"client s3cret+value", "access-token-1", login}


@pytest.mark.parametrize(("secrets", "sent"), [(SECRET, SECRET), ({}, {})])
def test_the_client_can_be_named_in_the_body(
    server: OAuthServer, secrets: dict[str, Any], sent: dict[str, Any]
) -> None:
    carried("oauth2", server.settings(grant="client_credentials", auth_style="body"), secrets)

    assert server.asked == [{"grant_type": "client_credentials", "client_id": "sequitur", **sent}]
    assert server.logins == [""]


@pytest.mark.parametrize(
    ("more", "ends"), [({"refresh_token_expires_in": "86400"}, True), ({}, False), ({"refresh_expires_in": 0}, False)]
)
def test_the_end_of_the_connection_is_that_of_what_renews_it(
    server: OAuthServer, more: dict[str, Any], ends: bool
) -> None:
    server.more = more

    carried("oauth2", server.settings(), {"refresh_token": "refresh-token-0"})

    assert (Connection.objects.get().expires_at is not None) is ends


def test_a_test_renews_and_asks_its_path(server: OAuthServer, httpserver: HTTPServer) -> None:
    expected = {"Authorization": "Bearer access-token-1"}
    httpserver.expect_request("/api/me", headers=expected).respond_with_data("hello")
    settings = server.settings(grant="client_credentials", test_path="/me")

    found = probed("oauth2", settings, SECRET)

    assert (found.message, found.code) == ("GET /me answered 200.", "")


def test_a_refusal_is_told_without_the_secret_that_it_repeats(server: OAuthServer) -> None:
    server.refuses, server.echoes = "invalid_client", True

    found = probed("oauth2", server.settings(grant="client_credentials", auth_style="body"), SECRET)

    assert found.code == "oauth_error"
    assert "invalid_client" in found.message
    assert "s3cret" not in found.message


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"authorize_url": None}, "/settings"),
        ({"token_url": "file:///etc/passwd"}, "/settings/token_url"),
        ({"token_url": "https://x/#a"}, "/settings/token_url"),
        ({"authorize_params": {"state": "mine"}}, "/settings/authorize_params"),
        ({"grant": "password"}, "/settings/grant"),
    ],
)
def test_settings_that_do_not_fit_are_refused(server: OAuthServer, changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidError) as raised:
        connections.create(name="x", kind="oauth2", settings_=server.settings(**changes), secrets={})

    assert [each.path for each in raised.value.problems] == [path]
