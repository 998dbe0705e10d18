"""The log of webhooks that were sent, over HTTP."""

from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from actions.registry import action_types
from core import tenancy
from core.models import Role, Workspace
from core.services import secrets
from tests import factories, runner
from tests.conftest import ClientFor
from triggers.services import matching
from workflows.models import WEBHOOK_TYPES, Run

pytestmark = pytest.mark.django_db

URL = "/api/v1/webhook-deliveries/"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]


def send(workspace: Workspace, *urls: str, type_: str = "send_webhook") -> Run:
    """A run that sends a webhook to each URL, once."""
    actions = [
        {"id": f"send_{number}", "type": type_, "params": {"url": url, "payload": {"token": "tok-123456"}},
         "retry": {"max_attempts": 1}, "allow_failure": True}
        for number, url in enumerate(urls)
    ]  # fmt: skip
    with tenancy.scope(workspace.pk):
        secrets.put(name="webhook_signing_secret", value=SECRET)
    factories.published(workspace, factories.definition(*actions, factories.log_event("not a webhook")))
    event = factories.event(workspace)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        return runner.finish(Run.objects.get(event=event))


def listed(api: APIClient, **query: Any) -> list[tuple[str, Any, str]]:
    answer = api.get(URL, query)
    assert answer.status_code == 200, answer.json()
    return [(row["action"], row["status"], row["outcome"]) for row in answer.json()["results"]]


def test_every_try_is_listed_without_its_secrets(api: APIClient, workspace: Workspace, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/good").respond_with_data("thanks")
    run = send(workspace, httpserver.url_for("/good"))

    [row] = api.get(URL).json()["results"]

    assert (row["run"], row["action"], row["attempt"]) == (str(run.pk), "send_0", 1)
    assert (row["url"], row["status"], row["error"]) == (httpserver.url_for("/good"), 200, None)
    assert row["response"]["body"] == "thanks"
    assert "tok-123456" not in str(row)
    assert SECRET not in str(row)
    assert row["duration_ms"] >= 0


def test_deliveries_are_found_by_url_and_status(api: APIClient, workspace: Workspace, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/good").respond_with_data("")
    httpserver.expect_request("/bad").respond_with_data("no", status=422)
    send(workspace, httpserver.url_for("/good"), httpserver.url_for("/bad"), "http://10.0.0.1/")

    assert listed(api, url=httpserver.url_for("/g")) == [("send_0", 200, "completed")]
    assert listed(api, status=422) == [("send_1", 422, "failed")]
    assert listed(api, url="http://10.0.0.1/") == [("send_2", None, "failed")]
    assert listed(api, url="%") == []
    assert len(listed(api)) == 3


def test_a_page_follows_another(api: APIClient, workspace: Workspace) -> None:
    send(workspace, "http://10.0.0.1/a", "http://10.0.0.1/b", "http://10.0.0.1/c")

    first = api.get(URL, {"limit": 2}).json()
    second = api.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize("name", WEBHOOK_TYPES)
def test_they_are_listed_by_whatever_name_the_action_was_written(
    workspace: Workspace, api: APIClient, name: str
) -> None:
    send(workspace, "http://10.0.0.1/a", type_=name)

    assert len(listed(api)) == 1


def test_the_names_that_are_looked_for_are_those_of_the_type() -> None:
    action_type = action_types.get("send_webhook")

    assert sorted(WEBHOOK_TYPES) == sorted([action_type.key, *action_type.aliases])


def test_another_workspace_sees_nothing_of_them(
    workspace: Workspace, other_workspace: Workspace, client_for: ClientFor
) -> None:
    send(workspace, "http://10.0.0.1/a", type_="call_webhook")

    assert listed(client_for(other_workspace)) == []
    assert len(listed(client_for(workspace, Role.VIEWER))) == 1


@pytest.mark.parametrize("query", [{"status": "5xx"}, {"status": 99}, {"url": "x" * 2049}, {"type": "x"}, {"limit": 0}])
def test_a_filter_that_means_nothing_is_refused(api: APIClient, query: dict[str, Any]) -> None:
    answer = api.get(URL, query)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
