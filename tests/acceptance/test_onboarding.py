"""Requirement 003: "High-Value Signup Onboarding", from the signup to the guide a day later."""

from typing import Any

import pytest
from django.core import mail
from pytest_httpserver import HTTPServer

from actions.services import connections
from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.acceptance.documents import requirement
from tests.actions.conftest import loopback_is_allowed
from triggers.services import matching
from workflows.models import Run

__all__ = ("loopback_is_allowed",)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

STEPS = """\
1. Send welcome email
2. Notify sales team on Slack
3. Create CRM record
4. Wait 24 hours
5. Send getting started guide
"""
WELCOME = {"to": "{{ user.email }}", "subject": "Welcome, {{ user.name }}", "text": "Good to have you."}
GUIDE = {"to": "{{ user.email }}", "subject": "Getting started", "text": "Here is how to begin."}
RECORD = {"properties": {"email": "{{ user.email }}", "firstname": "{{ user.name }}"}}
SLACK = {"id": "tell", "type": "send_slack_message", "params": {"text": "New: {{ user.name }} ({{ user.plan }})"}}
ONBOARDING: dict[str, Any] = {
    "name": "High-Value Signup Onboarding",
    "trigger": {"type": "user.signed_up", "filters": {"user.plan": "enterprise"}},
    "actions": [
        {"id": "welcome", "type": "send_email", "params": WELCOME},
        SLACK,
        {"id": "record", "type": "create_crm_record", "params": RECORD},
        {"id": "wait", "type": "delay", "params": {"seconds": 86_400}},
        {"id": "guide", "type": "send_email", "params": GUIDE},
    ],
}
ADA = {"name": "Ada", "email": "ada@example.com", "plan": "enterprise"}


@pytest.fixture
def crm(workspace: Workspace, httpserver: HTTPServer) -> HTTPServer:
    """A server that answers as HubSpot does, connected to the workspace."""
    record = {"id": "512", "properties": {}, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    httpserver.expect_request("/crm/v3/objects/contacts", method="POST").respond_with_json(record, status=201)
    settings = {"base_url": httpserver.url_for("").rstrip("/")}
    with tenancy.scope(workspace.pk):
        connections.create(name="crm", kind="hubspot", settings_=settings, secrets={"token": "pat-1234"})
    return httpserver


def signed_up(workspace: Workspace, document: dict[str, Any], **user: str) -> list[Run]:
    """The runs that a signup starts, gone on as far as they go without waiting."""
    factories.published(workspace, document)
    event = factories.event(workspace, "user.signed_up", user={**ADA, **user})
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return [*Run.objects.filter(event=event)]


def without_slack() -> dict[str, Any]:
    """The same, where no Slack is."""
    return {**ONBOARDING, "actions": [each for each in ONBOARDING["actions"] if each is not SLACK]}


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox]


def test_the_steps_are_those_that_were_asked_for() -> None:
    assert f"**High-Value Signup Onboarding:**\n\n{STEPS}" in requirement("003")


def test_a_signup_is_welcomed_recorded_and_guided_a_day_later(workspace: Workspace, crm: HTTPServer) -> None:
    [run] = signed_up(workspace, without_slack())

    assert (run.status, subjects()) == ("waiting", ["Welcome, Ada"])
    assert crm.log[0][0].get_json() == {"properties": {"email": "ada@example.com", "firstname": "Ada"}}
    runner.pass_time(seconds=86_400 - 60)
    runner.drain()
    assert subjects() == ["Welcome, Ada"]
    runner.pass_time(seconds=61)
    runner.drain()

    assert subjects() == ["Welcome, Ada", "Getting started"]
    with tenancy.scope(workspace.pk):
        assert Run.objects.get(pk=run.pk).status == "completed"
    assert runner.outputs(run)["record"]["id"] == "512"
    assert len(crm.log) == 1


def test_a_small_signup_is_left_alone(workspace: Workspace, crm: HTTPServer) -> None:
    assert signed_up(workspace, without_slack(), plan="free") == []

    assert (mail.outbox, crm.log) == ([], [])


def test_sales_are_told_on_slack_too(workspace: Workspace, crm: HTTPServer) -> None:
    crm.expect_request("/services/T1/B1/x", method="POST").respond_with_data("ok")
    with tenancy.scope(workspace.pk):
        secrets = {"webhook_url": crm.url_for("/services/T1/B1/x")}
        connections.create(name="sales", kind="slack", settings_={}, secrets=secrets)

    [run] = signed_up(workspace, ONBOARDING)

    assert runner.states(run)["tell"] == "completed"
    told = next(sent for sent, _ in crm.log if sent.path.startswith("/services/"))
    assert "New: Ada (enterprise)" in told.get_data(as_text=True)
    assert runner.finish(run).status == "completed"
    assert subjects() == ["Welcome, Ada", "Getting started"]
