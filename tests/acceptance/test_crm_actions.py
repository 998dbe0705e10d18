"""Requirement 004: every action of its schema, word for word, from the event to the effect."""

import json
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from actions.models import InboxItem, Note, Task
from actions.outbound import connections, reach
from core import tenancy
from core.models import Workspace
from examples.crm.models import Lead, LeadStatus
from tests import factories, runner
from tests.acceptance.documents import requirement
from tests.actions import servers
from tests.actions.conftest import loopback_is_allowed
from tests.actions.records import LeadFactory, member
from triggers.services import matching
from workflows.models import ActionAttempt, Run

__all__ = ("loopback_is_allowed",)
pytestmark = pytest.mark.django_db

TYPES = {
    "Send Email": "send_email",
    "Add Note": "add_note",
    "Update Field": "update_field",
    "Enqueue Export": "enqueue_export",
    "Create Task": "create_task",
    "Send Notification": "send_notification",
    "Call Webhook": "call_webhook",
}


@pytest.fixture
def owner(scope: Workspace) -> User:
    return member(scope, "owner")


@pytest.fixture
def lead(scope: Workspace, owner: User) -> Lead:
    return LeadFactory.create(
        workspace=scope, company_name="Engines", status=LeadStatus.QUALIFIED, email="ada@example.com"
    )


def written(title: str) -> dict[str, Any]:
    """The parameters as the document has them under this heading."""
    found = re.search(rf"### {title}\n```json\n(.*?)```", requirement("004"), re.DOTALL)
    assert found is not None
    params: dict[str, Any] = json.loads(found[1])
    return params


def done(workspace: Workspace, title: str, lead: Lead, owner: User) -> Run:
    """The run of a workflow with this one action, after the event that it is for."""
    action = {"id": "it", "type": TYPES[title], "params": written(title)}
    factories.published(workspace, factories.definition(action, triggers=[{"type": "lead.qualified"}]))
    about = {"id": str(lead.pk), "email": lead.email, "first_name": "Ada", "company_name": "Engines"}
    names = {"lead": {**about, "owner": {"email": owner.email}}, "user": {"email": owner.email}, "api_key": "key-1234"}
    event = factories.event(workspace, "lead.qualified", **names)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        run = Run.objects.get(event=event)
        assert (run.status, run.error) == ("completed", None)
        return run


def test_every_action_of_the_schema_is_tried() -> None:
    schema = requirement("004").split("## Action Schema")[1].split("## Execution Model")[0]

    assert re.findall(r"^### (.*)$", schema, re.MULTILINE) == list(TYPES)


def test_a_lead_is_welcomed_by_the_template(scope: Workspace, lead: Lead, owner: User) -> None:
    done(scope, "Send Email", lead, owner)

    [message] = mail.outbox
    assert (message.to, message.subject) == (["ada@example.com"], "Welcome to our platform")
    assert "Ada" in str(message.body)


def test_a_note_is_kept_with_the_lead(scope: Workspace, lead: Lead, owner: User) -> None:
    done(scope, "Add Note", lead, owner)

    note = Note.objects.get()
    assert (note.entity_type, note.entity_id, note.visibility) == ("lead", str(lead.pk), "internal")
    assert note.text == "Lead automatically qualified based on score"


def test_a_field_of_the_lead_is_changed(scope: Workspace, lead: Lead, owner: User) -> None:
    done(scope, "Update Field", lead, owner)

    lead.refresh_from_db()
    assert lead.status == "contacted"


def test_leads_are_mailed_as_a_table(scope: Workspace, lead: Lead, owner: User) -> None:
    LeadFactory.create(workspace=scope, company_name="New ones", status=LeadStatus.NEW)

    done(scope, "Enqueue Export", lead, owner)

    [message] = mail.outbox
    [attachment] = message.attachments
    assert message.to == ["owner@example.com"]
    table = str(attachment.content if hasattr(attachment, "content") else attachment[1])
    assert ("Engines" in table, "New ones" in table) == (True, False)


def test_a_task_is_made_for_the_owner(scope: Workspace, lead: Lead, owner: User) -> None:
    run = done(scope, "Create Task", lead, owner)

    task = Task.objects.get()
    assert (task.title, task.assignee, task.priority) == ("Follow up with Engines", owner, "high")
    assert task.due_at is not None
    assert (task.due_at.date() - run.created_at.date()).days == 2


def test_the_owner_is_told_in_the_inbox(scope: Workspace, lead: Lead, owner: User) -> None:
    done(scope, "Send Notification", lead, owner)

    item = InboxItem.objects.get()
    assert (item.user, item.message) == (owner, "New qualified lead: Engines")
    assert item.link == f"/leads/{lead.pk}"


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopback_is_allowed: None) -> Iterator[list[bytes]]:
    """What the server behind https://api.example.com heard; it stands on loopback, with a certificate of that name."""
    file = servers.certificate(tmp_path, host="api.example.com")
    said: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        said.append(connection.recv(65536) + connection.recv(65536))  # the head, and the body
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server = servers.serve(speak, tls=servers.server_context(file))
    place = (socket.AF_INET, ("127.0.0.1", server.port))
    monkeypatch.setattr(reach, "look_up", lambda *_, **__: [place])
    monkeypatch.setattr(connections, "trusted", lambda: ssl.create_default_context(cafile=str(file)))
    yield said
    server.close()


def test_a_webhook_is_called_with_a_key_that_is_shown_nowhere(
    scope: Workspace, lead: Lead, owner: User, heard: list[bytes]
) -> None:
    run = done(scope, "Call Webhook", lead, owner)

    [request] = heard
    assert request.startswith(b"POST /webhooks/lead HTTP/1.1\r\n")
    assert b"authorization: Bearer key-1234\r\n" in request
    body = {"lead_id": str(lead.pk), "event": "lead.qualified"}
    assert (b"idempotency-key: " in request, json.loads(request.partition(b"\r\n\r\n")[2])) == (True, body)
    assert "key-1234" not in str(ActionAttempt.objects.get(action_run__run=run).request)
