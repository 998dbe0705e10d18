import threading
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.connections.base import Renewed
from actions.models import Connection
from actions.services import connections, renewing, sealing
from core import tenancy
from core.models import Role, Workspace
from tests import oauth, races
from tests.oauth import OAuthServer

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
OAUTH2 = frozenset({"oauth2"})


@pytest.fixture
def server(httpserver: HTTPServer) -> OAuthServer:
    return oauth.serve(httpserver)


def stored(server: OAuthServer, *, ends_in: float = -1, **secrets: Any) -> Connection:
    """A connection that a person has authorised."""
    server.good_refresh_token = "refresh-token-0"
    tokens = {
        "client_secret": "client-s3cret-value",
        "access_token": "access-token-0",
        "refresh_token": "refresh-token-0",
        "access_token_ends": timezone.now().timestamp() + ends_in,
        **secrets,
    }
    return connections.create(name="crm", kind="oauth2", settings_=server.settings(), secrets=tokens)


def opened(told: set[str]) -> Any:
    return connections.Opener(told.update).open("crm", kinds=OAUTH2)


def test_a_token_that_is_good_for_long_is_used_as_it_is(scope: Workspace, server: OAuthServer) -> None:
    stored(server, ends_in=61)

    assert opened(set()).secrets.access_token == "access-token-0"
    assert server.asked == []


def test_a_token_that_ends_within_a_minute_is_renewed_stored_and_told(scope: Workspace, server: OAuthServer) -> None:
    row, told = stored(server, ends_in=59), set[str]()

    found = opened(told)

    assert found.secrets.access_token == "access-token-1"
    assert {"access-token-0", "refresh-token-0", "access-token-1", "refresh-token-1"} <= told
    row.refresh_from_db()
    kept = sealing.unseal(row)
    assert (kept["access_token"], kept["refresh_token"]) == ("access-token-1", "refresh-token-1")
    assert kept["client_secret"] == "client-s3cret-value"
    assert row.refreshing_until is None
    assert "token-1" not in row.token
    assert server.asked == [{"grant_type": "refresh_token", "refresh_token": "refresh-token-0"}]


def test_a_renewed_token_is_not_renewed_again(scope: Workspace, server: OAuthServer) -> None:
    stored(server)

    found = [opened(set()).secrets.access_token for _ in range(2)]

    assert found == ["access-token-1"] * 2
    assert len(server.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_asks_and_all_get_the_same_token(workspace: Workspace, server: OAuthServer) -> None:
    server.holds = threading.Event()
    with tenancy.scope(workspace.pk):
        stored(server)

    def work(_: int) -> str:
        with tenancy.scope(workspace.pk):
            return str(opened(set()).secrets.access_token)

    release = threading.Timer(0.5, server.holds.set)
    release.start()
    found = races.at_once(work, threads=6)
    release.join()

    assert found == ["access-token-1"] * 6
    assert len(server.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_other_side_is_asked(workspace: Workspace, server: OAuthServer) -> None:
    server.holds = threading.Event()
    with tenancy.scope(workspace.pk):
        row = stored(server)
    holds = server.holds

    def work(number: int) -> object:
        with tenancy.scope(workspace.pk):
            if number == 0:
                return opened(set()).secrets.access_token
            try:
                while not server.asked:
                    holds.wait(0.02)
                return connections.update(row, role=Role.ADMIN).role
            finally:
                holds.set()

    assert races.at_once(work, threads=2) == ["access-token-1", "admin"]
    with tenancy.scope(workspace.pk):
        assert sealing.unseal(Connection.objects.get())["refresh_token"] == "refresh-token-1"


def test_the_lease_of_a_worker_that_died_ends(scope: Workspace, server: OAuthServer) -> None:
    row = stored(server)
    rows = Connection.objects.filter(pk=row.pk)
    rows.update(refreshing_until=timezone.now() + renewing.LEASE)

    told: set[str] = set()
    with pytest.raises(ActionFailedError) as raised:
        connections.Opener(told.update, timeout_seconds=0.1).open("crm", kinds=OAUTH2)
    rows.update(refreshing_until=timezone.now() - renewing.LEASE)

    assert (raised.value.code, raised.value.is_retryable) == ("connection_busy", True)
    assert opened(set()).secrets.access_token == "access-token-1"


def test_a_refused_renewal_needs_a_person_and_is_not_asked_for_again(scope: Workspace, server: OAuthServer) -> None:
    stored(server)
    server.refuses = "invalid_grant"

    found = []
    for _ in range(2):
        with pytest.raises(ActionFailedError) as raised:
            opened(set())
        found.append((raised.value.code, raised.value.is_retryable))

    assert found == [("connection_expired", False)] * 2
    assert len(server.asked) == 1
    row = Connection.objects.get()
    assert (row.needs_authorization, row.refreshing_until) == (True, None)


@pytest.mark.parametrize(("status", "is_retryable"), [(503, True), (429, True), (404, False)])
def test_a_token_server_that_cannot_answer_now_may_be_asked_again(
    scope: Workspace, httpserver: HTTPServer, status: int, is_retryable: bool
) -> None:
    httpserver.expect_request("/token").respond_with_data("client-s3cret-value is busy", status=status)
    stored(OAuthServer(httpserver))

    with pytest.raises(ActionFailedError) as raised:
        opened(set())

    assert (raised.value.code, raised.value.is_retryable) == ("http_status", is_retryable)
    assert "s3cret" not in raised.value.message
    assert (raised.value.request, raised.value.response) == (None, None)
    row = Connection.objects.get()
    assert (row.needs_authorization, row.refreshing_until) == (False, None)


@pytest.mark.parametrize(
    "more", [{"access_token": ""}, {"access_token": None}, {"access_token": ["a"]}, {"token_type": "mac"}]
)
def test_an_answer_without_a_bearer_token_is_an_error(
    scope: Workspace, server: OAuthServer, more: dict[str, Any]
) -> None:
    stored(server)
    server.more = more

    with pytest.raises(ActionFailedError) as raised:
        opened(set())

    assert (raised.value.code, raised.value.is_retryable) == ("oauth_error", False)


def test_secrets_that_a_person_stored_meanwhile_are_kept(scope: Workspace, server: OAuthServer) -> None:
    row = stored(server)
    used = sealing.unseal(row)
    connections.update(row, secrets={"refresh_token": "brought-along", "access_token": "brought-too"})

    renewing.store(row, Renewed({"access_token": "late", "refresh_token": "late-too"}), used=used)

    assert sealing.unseal(Connection.objects.get())["refresh_token"] == "brought-along"


def test_a_connection_without_tokens_says_that_it_is_to_be_authorised(scope: Workspace, server: OAuthServer) -> None:
    connections.create(name="crm", kind="oauth2", settings_=server.settings(), secrets={})

    with pytest.raises(ActionFailedError, match="authorise it") as raised:
        opened(set())

    assert raised.value.code == "connection_expired"
