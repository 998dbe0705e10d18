"""Connectors whose tokens are fetched: a person agrees, an operation is performed, tokens are renewed."""

from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from actions.base import ActionFailedError
from actions.connectors import reading
from actions.models import Connection
from actions.services import authorizing, connections, sealing
from core import tenancy
from core.errors import ConflictError, InvalidError
from core.models import Workspace
from tests import oauth
from tests.actions.connectors.conftest import Operate
from tests.actions.connectors.documents import changed
from tests.oauth import OAuthServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]
MEETING = {"title": "Kick-off", "start": "2026-01-31T09:00:00Z", "end": "2026-01-31T09:30:00Z"}
EVENTS = "/calendar/v3/calendars/primary/events"
SECRET = {"client_secret": "client-s3cret-value"}


@pytest.fixture
def server(httpserver: HTTPServer) -> OAuthServer:
    httpserver.expect_request(EVENTS).respond_with_json({"id": "ev1"})
    return oauth.serve(httpserver)


def settings(server: OAuthServer, **changes: Any) -> dict[str, Any]:
    found = {**server.settings(), "base_url": server.http.url_for("/calendar/v3"), **changes}
    return {name: value for name, value in found.items() if value is not None}


def stored(server: OAuthServer, secrets: dict[str, Any], **changes: Any) -> Connection:
    given = settings(server, **changes)
    return connections.create(name="calendar", kind="google_calendar", settings_=given, secrets=secrets)


def carried(server: OAuthServer) -> list[str]:
    """The tokens that the calendar saw."""
    return [sent.headers["Authorization"] for sent, _ in server.http.log if sent.path == EVENTS]


def test_a_person_agrees_and_a_meeting_is_scheduled(
    workspace: Workspace, api: APIClient, client: Client, server: OAuthServer, operate: Operate
) -> None:
    with tenancy.scope(workspace.pk):
        stored(server, SECRET)

    url = str(api.post("/api/v1/connections/calendar/authorize/").json()["url"])
    assert client.get("/api/v1/connections/oauth/callback", server.agree(url)).status_code == 200
    with tenancy.scope(workspace.pk):
        result = operate("schedule_meeting", MEETING)

    assert "access_type=offline" in url
    assert "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar.events" in url
    assert (result.output["id"], carried(server)) == ("ev1", ["Bearer access-token-1"])


def test_a_token_that_ends_is_renewed_before_it_is_used(
    scope: Workspace, server: OAuthServer, operate: Operate
) -> None:
    server.good_refresh_token = "refresh-token-0"
    brought = {"access_token": "old-token", "refresh_token": "refresh-token-0", "access_token_ends": 1.0}
    row = stored(server, {**SECRET, **brought})

    operate("schedule_meeting", MEETING)
    operate("schedule_meeting", MEETING)

    assert carried(server) == ["Bearer access-token-1"] * 2
    assert [asked["grant_type"] for asked in server.asked] == ["refresh_token"]
    row.refresh_from_db()
    assert sealing.unseal(row)["refresh_token"] == "refresh-token-1"


def test_nothing_is_sent_before_anybody_agreed(scope: Workspace, server: OAuthServer, operate: Operate) -> None:
    stored(server, SECRET)

    with pytest.raises(ActionFailedError) as raised:
        operate("schedule_meeting", MEETING)

    assert (raised.value.code, raised.value.is_retryable) == ("connection_expired", False)
    assert server.http.log == []


def test_a_token_that_was_brought_along_is_used_without_a_client(
    scope: Workspace, server: OAuthServer, operate: Operate
) -> None:
    row = stored(server, {"access_token": "ya29-brought"}, client_id=None)

    operate("schedule_meeting", MEETING)

    assert carried(server) == ["Bearer ya29-brought"]
    with pytest.raises(ConflictError, match="has no client_id"):
        authorizing.begin(row, redirect_uri="https://we.example.com/", by="test")


@pytest.mark.parametrize("name", ["base_url", "token_url", "authorize_url"])
def test_no_stored_secret_goes_to_another_address(scope: Workspace, server: OAuthServer, name: str) -> None:
    row = stored(server, SECRET)
    elsewhere = settings(server, **{name: "https://elsewhere.example.com/"})

    with pytest.raises(InvalidError) as raised:
        connections.update(row, settings_=elsewhere)

    assert [problem.code for problem in raised.value.problems] == ["secret_needed"]


@pytest.mark.parametrize(
    ("auth", "problem"),
    [
        ({"token_url": "javascript:alert(1)"}, ("/auth/token_url", "invalid_url")),
        ({"token_url": "https://a.example/t", "authorize_url": "/here"}, ("/auth/authorize_url", "invalid_url")),
        ({"authorize_url": "https://a.example/a"}, ("/auth/token_url", "missing")),
        (
            {"token_url": "https://a.example/t", "authorize_params": {"state": "x"}},
            ("/auth/authorize_params/state", "reserved"),
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_no_connector(auth: dict[str, Any], problem: tuple[str, str]) -> None:
    with pytest.raises(InvalidError) as raised:
        reading.parse(changed(auth={"kind": "oauth2", **auth}))

    assert [(each.path, each.code) for each in raised.value.problems] == [problem]
