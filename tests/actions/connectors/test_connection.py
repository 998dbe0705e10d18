"""The connection types of connectors: where they lead, and how they are tested."""

import base64
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.connections.base import TestCall
from actions.connections.registry import connection_types
from actions.connectors import connection, reading
from actions.connectors.connection import ConnectorConnection
from actions.services import connections
from core.errors import InvalidError
from core.models import Workspace
from core.redaction import Redactor
from tests.actions.connectors.documents import changed

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")

TOKENS = {
    "hubspot": {"token": "pat-na1-1234"},
    "linear": {"api_key": "lin-1234"},
    "google_calendar": {"access_token": "ya29-1234"},
    "twilio_api": {"password": "twilio-1234"},
    "resend_api": {"token": "re-1234"},
    "github": {"token": "gh-1234"},
}
SETTINGS = {"twilio_api": {"account_sid": "AC1"}}


def opened(kind: str, base_url: str) -> Any:
    fields = {"base_url": base_url, **SETTINGS.get(kind, {})}
    row = connections.create(name="mine", kind=kind, settings_=fields, secrets=TOKENS[kind])
    return connections.opened(row)


def now() -> TestCall:
    return TestCall(
        workspace_id=UUID(int=1), timeout_seconds=5, now=datetime(2026, 1, 1, tzinfo=UTC), redactor=Redactor()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [*TOKENS])
def test_every_shipped_connection_can_be_tested(scope: Workspace, httpserver: HTTPServer, kind: str) -> None:
    httpserver.expect_oneshot_request("/below" + str(_document(kind).test.path)).respond_with_json({"ok": True})
    one = opened(kind, httpserver.url_for("/below"))

    said = connection_types.get(kind).test(one, now())

    assert said == "127.0.0.1 accepted the credentials: it answered 200."
    assert "1234" in str(httpserver.log[0][0].headers["Authorization"]) or kind == "twilio_api"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [401, 403])
def test_bad_credentials_are_told_without_them(scope: Workspace, httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/account-info/v3/details").respond_with_data("no pat-na1-1234", status=status)
    one = opened("hubspot", httpserver.url_for("/"))

    with pytest.raises(ActionFailedError) as raised:
        connection_types.get("hubspot").test(one, now())

    assert raised.value.code == "unauthorized"
    assert raised.value.message == f"HubSpot did not accept the credentials (it answered {status}); store them again"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["ftp://x", "https://a:b@example.com", "https://example.com/?a", "nonsense", "https://"]
)
def test_a_base_url_that_cannot_be_called_is_not_stored(scope: Workspace, url: str) -> None:
    with pytest.raises(InvalidError) as raised:
        opened("hubspot", url)

    assert [problem.path for problem in raised.value.problems] == ["/settings/base_url"]


def test_without_one_the_connector_says_where_it_goes() -> None:
    kind = connection_types.get("twilio_api")
    assert isinstance(kind, ConnectorConnection)
    one: Any = SimpleNamespace(settings=kind.settings_model.model_validate({"account_sid": "AC/1"}))

    assert kind.base_url(one) == "https://api.twilio.com/2010-04-01/Accounts/AC%2F1"


@pytest.mark.parametrize("region", ["eu.evil.example", "a/b", "x@y", "", "a:1", "ü", "-a"])
def test_a_setting_stays_one_label_of_the_host(region: str) -> None:
    settings: Any = SimpleNamespace(region=region)

    with pytest.raises(ActionFailedError, match="cannot be a part of a host's name"):
        connection.filled("https://{region}.example.com/v1", settings)


def test_what_says_where_credentials_go_is_known_as_such() -> None:
    auth = {"kind": "bearer"}
    settings: dict[str, Any] = {"region": {}, "team": {}}
    url = "https://{region}.example.com/{team}"

    kind = connection.made(reading.parse(changed(base_url=url, auth=auth, settings=settings)))

    assert isinstance(kind, ConnectorConnection)
    assert kind.address_fields == frozenset({"base_url", "region"})


@pytest.mark.django_db
def test_what_is_made_of_a_secret_is_as_secret(scope: Workspace) -> None:
    kind = connection_types.get("twilio_api")
    assert isinstance(kind, ConnectorConnection)

    made = kind.derived_secrets(opened("twilio_api", "https://api.twilio.com"))

    assert made == [base64.b64encode(b"AC1:twilio-1234").decode()]


def _document(kind: str) -> Any:
    found = connection_types.get(kind)
    assert isinstance(found, ConnectorConnection)
    return found.document
