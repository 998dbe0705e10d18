"""Requirement 002: a step that calls a webhook by itself, tells people by e-mail, and is looked after by operators."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.acceptance.documents import requirement
from tests.actions.conftest import inbox, loopback_is_allowed
from tests.actions.mail_server import Inbox
from triggers.services import matching
from workflows.models import NotificationDelivery, Run
from workflows.services.notifications import delivering

__all__ = ("inbox", "loopback_is_allowed")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

TO = "ops@example.com"
POLICIES = [
    {"channel": "email", "trigger": "ON_READY", "to": TO, "subject": "ready", "message": "{{ action.name }} is ready"},
    {"channel": "email", "template": "action_completed", "trigger": "ON_COMPLETED", "to": TO},
    {"channel": "email", "template": "action_failed", "trigger": "ON_FAILED", "to": TO},
]


@pytest.fixture
def receiver(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/erp", method="POST").respond_with_data("")
    return httpserver


def step(url: str, **changes: Any) -> dict[str, Any]:
    """The automation step: a webhook, with notification policies."""
    params = {"url": url, "payload": {"order": "{{ order.id }}"}, "signing_secret": None}
    return {"id": "sync", "type": "send_webhook", "params": params, "notificationPolicies": POLICIES, **changes}


def started(workspace: Workspace, action: dict[str, Any]) -> Run:
    """The run that an order starts, gone on as far as it goes, and everybody told."""
    factories.published(workspace, factories.definition(action, triggers=[{"type": "order.placed"}]))
    event = factories.event(workspace, "order.placed", order={"id": "o-7"})
    matching.match(event.pk)
    runner.drain()
    deliver()
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def deliver() -> None:
    """Send what waits for a worker of the queue of notifications."""
    with tenancy.unscoped("tests look at everything"):
        waiting = NotificationDelivery.objects.filter(status="pending").order_by("created_at", "id")
        for pk in [*waiting.values_list("pk", flat=True)]:
            delivering.deliver(pk)


def shown(api: APIClient, run: Run) -> list[tuple[str, str]]:
    """Who was told of what, as the run shows it, and what became of that."""
    found = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()["notifications"]
    return [(each["trigger"], each["status"]) for each in found]


def test_the_triggers_are_those_that_were_asked_for() -> None:
    assert "`ON_READY`, `ON_COMPLETED`, `ON_FAILED`" in requirement("002")
    assert "`{ channel, template, trigger }`" in requirement("002")


def test_the_webhook_is_called_and_people_are_told(
    workspace: Workspace, api: APIClient, receiver: HTTPServer, inbox: Inbox
) -> None:
    run = started(workspace, step(receiver.url_for("/erp")))

    [(sent, _)] = receiver.log
    assert json.loads(sent.data) == {"order": "o-7"}
    assert sent.headers["Idempotency-Key"]
    assert shown(api, run) == [("ON_READY", "sent"), ("ON_COMPLETED", "sent")]
    assert [taken.recipients for taken in inbox.taken] == [[TO], [TO]]
    assert inbox.taken[0].message["Subject"] == "ready"
    log = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()["actions"][0]["attempts"]
    assert [(each["number"], each["outcome"], each["response"]["status"]) for each in log] == [(1, "completed", 200)]


def test_a_webhook_that_fails_is_tried_again_and_then_people_are_told(
    workspace: Workspace, api: APIClient, httpserver: HTTPServer, inbox: Inbox
) -> None:
    httpserver.expect_request("/erp").respond_with_data("down", status=503)
    retry = {"max_attempts": 3, "initial_seconds": 0}

    run = started(workspace, step(httpserver.url_for("/erp"), retry=retry))

    keys = [sent.headers["Idempotency-Key"] for sent, _ in httpserver.log]
    assert (len(keys), len({*keys})) == (3, 1)
    assert shown(api, run) == [("ON_READY", "sent"), ("ON_FAILED", "sent")]
    assert "503" in str(inbox.taken[-1].message.get_payload())


def test_a_step_with_a_time_waits_for_it(workspace: Workspace, receiver: HTTPServer, inbox: Inbox) -> None:
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()

    run = started(workspace, step(receiver.url_for("/erp"), run_at=at))
    assert (run.status, receiver.log) == ("waiting", [])
    runner.pass_time(seconds=2 * 3600 + 1)
    runner.drain()

    assert (len(receiver.log), runner.states(run)) == (1, {"sync": "completed"})


def test_a_notification_is_replayed_by_hand(
    workspace: Workspace, api: APIClient, receiver: HTTPServer, inbox: Inbox
) -> None:
    run = started(workspace, step(receiver.url_for("/erp")))
    [_, done] = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()["notifications"]

    answer = api.post(f"/api/v1/workflow-runs/{run.pk}/notifications/{done['id']}/replay/")
    deliver()

    assert answer.status_code in {200, 201, 202}
    assert answer.json()["replay_of"] == done["id"]
    assert [str(taken.message["Subject"]) for taken in inbox.taken][1:] == [done["subject"]] * 2
    assert len(receiver.log) == 1
