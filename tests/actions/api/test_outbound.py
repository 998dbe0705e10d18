"""Hosts in trouble, and test deliveries, over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from actions.models import OutboundHost
from actions.outbound import narrowing, remembered
from actions.services import action_roles
from core import outbound_rules, signing, tenancy
from core.models import Role, Workspace
from tests.conftest import ClientFor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]
HOSTS = "/api/v1/outbound/hosts/"
TEST = "/api/v1/webhooks/test/"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    narrowing.forget()
    yield
    narrowing.forget()


def trouble(workspace: Workspace, host: str = "api.example.com:8443") -> None:
    rules = outbound_rules.of({"circuit": {"failures": 1, "open_seconds": 60}})
    with tenancy.scope(workspace.pk):
        remembered.record(remembered.admit(host, rules), failure="timeout")


def test_a_host_in_trouble_is_listed(api: APIClient, workspace: Workspace) -> None:
    trouble(workspace)

    [row] = api.get(HOSTS).json()["results"]

    probe_at = datetime.fromisoformat(row.pop("next_probe_at"))
    assert 0 < (probe_at - datetime.now(UTC)).total_seconds() <= 60
    assert row.pop("updated_at")
    assert row == {
        "host": "api.example.com:8443", "state": "open", "failures": 1, "last_failure": "timeout", "calls": 0
    }  # fmt: skip


def test_an_operator_resets_it_and_a_viewer_does_not(workspace: Workspace, client_for: ClientFor) -> None:
    trouble(workspace)
    url = f"{HOSTS}api.example.com:8443/reset/"

    answers = [client_for(workspace, role).post(url) for role in (Role.VIEWER, Role.OPERATOR, Role.OPERATOR)]

    assert [answer.status_code for answer in answers] == [403, 204, 404]
    assert client_for(workspace).get(HOSTS).json()["results"] == []


def test_hosts_of_another_workspace_are_not_there(
    workspace: Workspace, other_workspace: Workspace, client_for: ClientFor
) -> None:
    trouble(other_workspace)
    api = client_for(workspace)

    assert api.get(HOSTS).json()["results"] == []
    assert api.post(f"{HOSTS}api.example.com:8443/reset/").status_code == 404
    with tenancy.scope(other_workspace.pk):
        assert OutboundHost.objects.exists()


def test_a_test_delivery_is_signed_and_says_how_it_was_answered(
    workspace: Workspace, client_for: ClientFor, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data(f"token={SECRET}", status=418)
    body = {"url": httpserver.url_for("/hook"), "payload": {"a": 1}, "signing_secret": SECRET}

    answer = client_for(workspace, Role.OPERATOR).post(TEST, body, format="json")

    found = answer.json()
    sent = httpserver.log[0][0]
    assert (answer.status_code, found["status"], found["error"]) == (200, 418, None)
    assert SECRET not in answer.content.decode()
    assert signing.verify(sent.data, headers=dict(sent.headers), secrets=[SECRET], now=datetime.now(UTC))
    assert sent.json == {"a": 1}


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://10.0.0.1/", "address_refused"), ("file:///etc/passwd", "invalid_url"), ("x", "invalid_url")],
)
def test_a_test_delivery_goes_through_the_door(api: APIClient, url: str, code: str) -> None:
    found = api.post(TEST, {"url": url}, format="json").json()

    assert (found["status"], found["response"], found["error"]["code"]) == (None, None, code)


def test_a_test_delivery_obeys_the_workspace(api: APIClient, workspace: Workspace, httpserver: HTTPServer) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(outbound={"deny": ["127.0.0.0/8"]})

    found = api.post(TEST, {"url": httpserver.url_for("/")}, format="json").json()

    assert (found["error"]["code"], httpserver.log) == ("host_not_allowed", [])


@pytest.mark.parametrize(
    "body",
    [{}, {"url": ""}, {"url": "x" * 2049}, {"url": "http://x.com", "signing_secret": "short"}, {"url": 5}, {"x": 1}],
    ids=str,
)
def test_a_bad_test_delivery_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.post(TEST, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "short" not in str(answer.json()["errors"])


def test_a_viewer_sends_nothing(workspace: Workspace, client_for: ClientFor) -> None:
    assert client_for(workspace, Role.VIEWER).post(TEST, {"url": "http://x.com"}, format="json").status_code == 403


@pytest.mark.parametrize(("allowed", "statuses"), [("admin", [403, 200]), ("nobody", [403, 403])])
def test_a_test_delivery_is_held_to_the_limits_of_roles(
    workspace: Workspace, client_for: ClientFor, httpserver: HTTPServer, allowed: str, statuses: list[int]
) -> None:
    httpserver.expect_request("/hook").respond_with_data("")
    with tenancy.scope(workspace.pk):
        action_roles.replace({"roles": {"send_webhook": allowed}})
    body = {"url": httpserver.url_for("/hook")}

    answers = [client_for(workspace, role).post(TEST, body, format="json") for role in (Role.OPERATOR, Role.ADMIN)]

    assert [answer.status_code for answer in answers] == statuses
    assert len(httpserver.log) == statuses.count(200)
