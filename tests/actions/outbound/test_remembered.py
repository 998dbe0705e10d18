from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.models import OutboundHost
from actions.outbound import OutboundRequest, OutboundResponse, call, narrowing, remembered
from core import outbound_rules, tenancy
from core.errors import NotFoundError
from core.models import Workspace
from core.outbound_rules import OutboundRules
from core.redaction import Redactor
from tests import races, rivals

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]
HOST = "api.example.com"
TWICE: dict[str, Any] = {"circuit": {"failures": 2, "window_seconds": 60, "open_seconds": 30}}
RATE: dict[str, Any] = {"rate_limit": {"calls": 5, "per_seconds": 600}}


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    narrowing.forget()
    yield
    narrowing.forget()


def narrowed(workspace: Workspace, written: dict[str, Any]) -> OutboundRules:
    Workspace.objects.filter(pk=workspace.pk).update(outbound=written)
    return outbound_rules.of(written)


def get(url: str) -> OutboundResponse:
    return call(OutboundRequest("GET", url), timeout_seconds=5, redactor=Redactor())


def failure(url: str) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        get(url)
    return raised.value


def opened(rules: OutboundRules) -> None:
    for _ in range(2):
        remembered.record(remembered.admit(HOST, rules), failure="timeout")


def probe_is_due() -> None:
    OutboundHost.objects.update(probe_at=1.0, is_probing=False)


def test_a_host_that_fails_is_left_alone_and_other_hosts_are_not(scope: Workspace, httpserver: HTTPServer) -> None:
    narrowed(scope, TWICE)
    httpserver.expect_request("/").respond_with_data("", status=503)
    url = httpserver.url_for("/")

    codes = [failure(url).code for _ in range(3)]
    refused = failure(url)

    assert codes == ["http_status", "http_status", "circuit_open"]
    assert len(httpserver.log) == 2
    assert refused.is_retryable
    assert 25 < (refused.retry_after_seconds or 0) <= 30
    assert failure("http://localhost:9/").code == "connection_failed"  # another host was asked


def test_a_host_that_is_well_has_no_row(scope: Workspace, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/").respond_with_data("", status=500)
    httpserver.expect_ordered_request("/").respond_with_data("")
    failure(httpserver.url_for("/"))
    is_remembered = OutboundHost.objects.get().host == f"127.0.0.1:{httpserver.port}"

    get(httpserver.url_for("/"))

    assert is_remembered
    assert not OutboundHost.objects.exists()


@pytest.mark.parametrize("status", [200, 302, 404, 429, 499])
def test_an_answer_is_no_failure_of_the_host(scope: Workspace, httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data("", status=status)

    call(
        OutboundRequest("GET", httpserver.url_for("/")),
        timeout_seconds=5,
        redactor=Redactor(),
        is_expected=lambda _status: True,
    )

    assert not OutboundHost.objects.exists()


def test_a_probe_that_succeeds_closes_the_circuit(scope: Workspace, httpserver: HTTPServer) -> None:
    narrowed(scope, TWICE)
    httpserver.expect_request("/bad").respond_with_data("", status=500)
    httpserver.expect_request("/good").respond_with_data("")
    for _ in range(2):
        failure(httpserver.url_for("/bad"))
    refused = failure(httpserver.url_for("/good")).code
    probe_is_due()

    get(httpserver.url_for("/good"))

    assert refused == "circuit_open"
    assert not OutboundHost.objects.exists()


def test_a_probe_that_fails_opens_it_again(scope: Workspace) -> None:
    rules = outbound_rules.of(TWICE)
    opened(rules)
    probe_is_due()

    remembered.record(remembered.admit(HOST, rules), failure="connection_failed")

    row = OutboundHost.objects.get()
    assert (remembered.circuit_of(row).state, row.last_failure) == ("open", "connection_failed")


def test_the_next_call_after_the_limit_waits_for_the_first_to_leave(scope: Workspace, httpserver: HTTPServer) -> None:
    narrowed(scope, RATE)
    httpserver.expect_request("/").respond_with_data("")
    for _ in range(5):
        get(httpserver.url_for("/"))

    error = failure(httpserver.url_for("/"))

    assert (error.code, error.is_retryable, len(httpserver.log)) == ("rate_limited", True, 5)
    assert 590 < (error.retry_after_seconds or 0) <= 600


def test_hosts_of_one_workspace_say_nothing_about_those_of_another(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    rules = outbound_rules.of(TWICE)
    with tenancy.scope(workspace.pk):
        opened(rules)

    with tenancy.scope(other_workspace.pk):
        assert remembered.admit(HOST, rules).is_well


def test_a_reset_forgets_and_again_there_is_nothing_to_forget(scope: Workspace) -> None:
    rules = outbound_rules.of(TWICE)
    opened(rules)

    remembered.reset(HOST)

    assert remembered.admit(HOST, rules).is_well
    with pytest.raises(NotFoundError):
        remembered.reset(HOST)


@pytest.mark.parametrize("written", [TWICE, RATE])
def test_without_the_store_calls_go(scope: Workspace, monkeypatch: pytest.MonkeyPatch, written: dict[str, Any]) -> None:
    rules = outbound_rules.of(written)
    opened(rules)

    def down(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("the database is gone")

    monkeypatch.setattr(remembered, "_row", down)
    ticket = remembered.admit(HOST, rules)
    remembered.record(ticket, failure="timeout")

    assert ticket.host == HOST


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_stops_no_call(workspace: Workspace) -> None:
    rules = outbound_rules.of(RATE)
    with tenancy.scope(workspace.pk):
        remembered.admit(HOST, rules)

    def admit(_number: int) -> str:
        with tenancy.scope(workspace.pk):
            return remembered.admit(HOST, rules).host

    with tenancy.scope(workspace.pk), transaction.atomic():
        OutboundHost.objects.select_for_update().get()
        assert races.at_once(admit, threads=1) == [HOST]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("written", [TWICE, RATE])
def test_a_table_that_somebody_holds_stops_no_call(workspace: Workspace, written: dict[str, Any]) -> None:
    rules = outbound_rules.of(written)

    def call_once(_number: int) -> float:
        began = monotonic()
        with tenancy.scope(workspace.pk), connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
            remembered.record(remembered.admit(HOST, rules), failure="timeout")
        return monotonic() - began

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE actions_outboundhost IN ACCESS EXCLUSIVE MODE")
        [seconds] = races.at_once(call_once, threads=1)

    assert seconds < 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("written", [TWICE, RATE])
def test_a_connection_that_died_stops_no_call_and_is_dropped(workspace: Workspace, written: dict[str, Any]) -> None:
    rules = outbound_rules.of(written)

    def call_once(_number: int) -> str:
        with tenancy.scope(workspace.pk):
            with suppress(DatabaseError), tenancy.unscoped("tenants may end no one"), connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            ticket = remembered.admit(HOST, rules)
            assert OutboundHost.objects.count() == 0
            return ticket.host

    assert races.at_once(call_once, threads=1) == [HOST]


RACER = """
from actions.base import ActionFailedError
from actions.outbound import remembered
from core import outbound_rules, tenancy
from core.models import Workspace
workspace = Workspace.objects.get(slug={slug!r})
rules = outbound_rules.of(workspace.outbound)
with tenancy.scope(workspace.pk):
    for _ in range({tries}):
        try:
            remembered.admit({host!r}, rules)
            print("went")
        except ActionFailedError as error:
            print(error.code)
"""


def raced(workspace: Workspace, *, tries: int) -> list[str]:
    """What two processes are told that both ask, so many times each, as fast as they can."""
    said = rivals.race(RACER.format(slug=workspace.slug, tries=tries, host=HOST))
    return [word for words in said for word in words.split() if word in {"went", "circuit_open", "rate_limited"}]


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_send_more_than_the_limit(workspace: Workspace) -> None:
    narrowed(workspace, {"rate_limit": {"calls": 50, "per_seconds": 600}})
    workspace.refresh_from_db()

    said = raced(workspace, tries=60)

    assert (said.count("went"), said.count("rate_limited")) == (50, 70)


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_exactly_one_probes(workspace: Workspace) -> None:
    rules = narrowed(workspace, TWICE)
    with tenancy.scope(workspace.pk):
        opened(rules)
        probe_is_due()

    said = raced(workspace, tries=20)

    assert (said.count("went"), said.count("circuit_open")) == (1, 39)
