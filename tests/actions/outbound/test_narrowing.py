from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.outbound import OutboundRequest, call, narrowing
from core import tenancy
from core.models import Workspace
from core.redaction import Redactor
from tests.actions.outbound import resolving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    narrowing.forget()
    yield
    narrowing.forget()


def narrow(workspace: Workspace, written: dict[str, Any]) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(outbound=written)


def code(url: str, *, redirects: int = 0) -> str:
    request = OutboundRequest("GET", url, max_redirects=redirects)
    try:
        call(request, timeout_seconds=5, redactor=Redactor())
    except ActionFailedError as error:
        return error.code
    return "answered"


def test_rules_are_read_once_in_a_while(
    scope: Workspace, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_assert_num_queries(1):
        first = narrowing.rules_in_scope()
        again = narrowing.rules_in_scope()
    narrow(scope, {"circuit": None})
    monkeypatch.setattr(narrowing, "KEPT_SECONDS", 0.0)

    later = narrowing.rules_in_scope()

    assert first is again
    assert first is not None
    assert later is not None
    assert (first.circuit is None, later.circuit is None) == (False, True)


def test_outside_a_workspace_there_are_no_rules() -> None:
    with tenancy.unscoped("the test looks outside"):
        assert narrowing.rules_in_scope() is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, "answered"),
        ({"allow": ["127.0.0.1"]}, "answered"),
        ({"allow": ["*.example.com"]}, "host_not_allowed"),
        ({"deny": ["127.0.0.0/8"]}, "host_not_allowed"),
        ({"allow": ["127.0.0.1"], "deny": ["127.0.0.1"]}, "host_not_allowed"),
        ({"nonsense": 1}, "host_not_allowed"),
    ],
    ids=str,
)
def test_a_workspace_narrows_the_door(
    scope: Workspace, httpserver: HTTPServer, written: dict[str, Any], expected: str
) -> None:
    narrow(scope, written)
    httpserver.expect_request("/").respond_with_data("")

    assert code(httpserver.url_for("/")) == expected
    assert len(httpserver.log) == (expected == "answered")


def test_a_workspace_cannot_widen_the_door(
    scope: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = []
    asked = resolving.refuse_connections(monkeypatch)
    narrow(scope, {"allow": ["127.0.0.1", "10.0.0.0/8", "localhost"]})

    assert {code(url) for url in ("http://127.0.0.1/", "http://10.0.0.1/", "http://localhost:5432/")} == {
        "address_refused"
    }
    assert asked == []


def test_a_redirect_does_not_lead_past_the_rules(scope: Workspace, httpserver: HTTPServer) -> None:
    narrow(scope, {"deny": ["localhost"]})
    target = f"http://localhost:{httpserver.port}/inside"
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": target})

    assert code(httpserver.url_for("/"), redirects=5) == "host_not_allowed"
    assert [request.path for request, _ in httpserver.log] == ["/"]


def test_a_denied_name_is_refused_at_whatever_address(scope: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving.resolve_as(monkeypatch, lambda _name: ["93.184.216.34"])
    asked = resolving.refuse_connections(monkeypatch)
    narrow(scope, {"deny": ["a.example.com"]})

    assert code("http://A.example.com./") == "host_not_allowed"
    assert (code("http://b.example.com/"), len(asked)) == ("connection_failed", 1)


def test_connecting_has_a_limit_of_its_own(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that is never connected waits as long as it was told to."""
    waited: list[float | None] = []
    settings.SEQUITUR_OUTBOUND_CONNECT_SECONDS = 0.25

    def connect(sock: Any, _address: Any) -> None:
        waited.append(sock.gettimeout())
        raise TimeoutError

    monkeypatch.setattr("socket.socket.connect", connect)

    assert code("http://127.0.0.1:9/") == "timeout"
    assert waited == [0.25]
