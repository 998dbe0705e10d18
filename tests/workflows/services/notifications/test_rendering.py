"""To whom and in which words: what templates see, and that nobody's values become anything else."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from core.models import Role, Workspace
from core.services import workspaces
from tests.actions.mail_server import Inbox
from tests.workflows.services.notifications.conftest import TO, Flow, again, code_of, deliver_all, policy, rows, trying
from workflows.models import NotificationDelivery

pytestmark = pytest.mark.django_db


def one() -> NotificationDelivery:
    (row,) = rows()
    return row


def test_a_failed_action_is_told_by_mail_in_the_shipped_words(flow: Flow, inbox: Inbox, settings: Settings) -> None:
    settings.SEQUITUR_PUBLIC_URL = "https://flows.example.com/"
    run = flow(trying(policy("ON_FAILED"), succeed_on_attempt=0, title="Charge"))

    deliver_all()

    (taken,) = inbox.taken
    assert taken.recipients == [TO]
    assert taken.message["Subject"] == "Failed: Greet, action Charge"
    text = str(taken.message.get_payload())
    assert "What happened: attempt 2 failed" in text
    assert text.count(f"https://flows.example.com/api/v1/workflow-runs/{run.pk}/") == 1
    row = one()
    assert (row.status, row.to, row.error, row.attempt) == ("sent", TO, None, 1)
    assert row.sent_at is not None
    assert [each["outcome"] for each in row.attempts] == ["sent"]


@pytest.mark.parametrize("trigger", ["ON_READY", "ON_STARTED", "ON_COMPLETED"])
@pytest.mark.parametrize("is_whole", [True, False], ids=["run", "action"])
def test_every_trigger_has_words_of_its_own(flow: Flow, inbox: Inbox, trigger: str, is_whole: bool) -> None:
    if is_whole:
        flow(trying(), settings={"notifications": [policy(trigger)]})
    else:
        flow(trying(policy(trigger)))

    deliver_all()

    assert len(inbox.taken) == 1
    assert "Greet" in inbox.taken[0].message["Subject"]


def test_the_words_of_troubles_say_what_happened(flow: Flow, inbox: Inbox) -> None:
    own = [policy("ON_RETRY"), policy("ON_FAILED")]
    run = flow(trying(*own, succeed_on_attempt=0), settings={"notifications": [policy("ON_FAILED")]})

    deliver_all()

    subjects = {taken.message["Subject"]: str(taken.message.get_payload()) for taken in inbox.taken}
    assert subjects.keys() == {"Trying again: Greet, action try", "Failed: Greet, action try", "Failed: Greet"}
    assert "Try 1 of the action try failed" in subjects["Trying again: Greet, action try"]
    assert "at the action try" in subjects["Failed: Greet"]
    assert all(str(run.pk) in text for text in subjects.values())


def test_who_is_asked_to_approve_reads_what_and_until_when(flow: Flow, inbox: Inbox) -> None:
    asked = {"id": "ask", "type": "approval", "params": {"message": "Pay 10?", "title": "Invoice"}}
    flow({**asked, "notifications": [policy("ON_NEEDS_DECISION")]})

    deliver_all()

    (taken,) = inbox.taken
    assert taken.message["Subject"] == "Please decide: Invoice"
    assert "Pay 10?" in str(taken.message.get_payload())


def test_templates_see_the_run_the_action_the_error_and_the_event(flow: Flow, inbox: Inbox) -> None:
    names = ["lead.name", "action.key", "action.status", "action.attempt", "error.code", "run.status"]
    message = "|".join(f"{{{{ {name} }}}}" for name in names)
    own = policy("ON_FAILED", message=message, subject="{{ notification.trigger }} {{ actions.try.error.code }}")
    flow(trying(own, succeed_on_attempt=0), data={"lead": {"name": "Ada"}, "action": "spoof", "error": "spoof"})

    deliver_all()

    (taken,) = inbox.taken
    assert taken.message["Subject"] == "ON_FAILED test"
    assert str(taken.message.get_payload()).strip() == "Ada|try|failed|2|test|failed"


def test_names_and_errors_of_strangers_add_no_header_no_recipient_and_no_template(flow: Flow, inbox: Inbox) -> None:
    hostile = "x\r\nBcc: evil@example.com\r\n\r\n<script>{{ run.id }}"
    own = policy("ON_COMPLETED", subject="Hello {{ name }}", message="{{ name }}")
    flow(trying(own), data={"name": hostile})

    deliver_all()

    (taken,) = inbox.taken
    assert taken.recipients == [TO]
    assert taken.message["Bcc"] is None
    assert taken.message["Subject"] == "Hello x Bcc: evil@example.com <script>{{ run.id }}"
    assert taken.message.get_content_type() == "text/plain"
    assert "{{ run.id }}" in str(taken.message.get_payload())


HOSTILE = ["a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "nobody", 5, {}]


@pytest.mark.parametrize("to", [*HOSTILE, f"{'Ada ' * 300}<a@example.com>"])
def test_an_address_that_is_none_fails_with_what_was_expected(flow: Flow, inbox: Inbox, to: Any) -> None:
    run = flow(trying(policy("ON_COMPLETED", to="{{ to }}")), data={"to": to})

    deliver_all()

    row = one()
    assert (row.status, code_of(row)) == ("failed", "invalid_address")
    assert inbox.taken == []
    run.refresh_from_db()
    assert run.status == "completed"


def test_a_template_that_gives_several_addresses_is_a_row_for_each(flow: Flow, inbox: Inbox) -> None:
    addresses = ["a@example.com", "b@example.com", "a@example.com"]
    flow(trying(policy("ON_COMPLETED", to="{{ team }}")), data={"team": addresses})

    deliver_all()

    assert sorted(taken.recipients[0] for taken in inbox.taken) == ["a@example.com", "b@example.com"]
    assert [row.status for row in rows()] == ["sent", "sent"]


def test_where_there_is_nobody_to_tell_it_is_skipped(flow: Flow) -> None:
    flow(trying(policy("ON_COMPLETED", to="{{ to }}")), data={"to": []})

    deliver_all()

    assert (one().status, code_of(one())) == ("skipped", "no_recipient")


def test_a_path_that_is_not_there_fails_and_says_which(flow: Flow) -> None:
    flow(trying(policy("ON_COMPLETED", message="{{ order.total }}")))

    deliver_all()

    row = one()
    assert row.status == "failed"
    assert "order.total" in str(row.error)


def test_the_owner_is_who_the_settings_say_or_the_first_admin(flow: Flow, inbox: Inbox, workspace: Workspace) -> None:
    workspaces.add_member(workspace, user=User.objects.create(username="b", email="b@example.com"), role=Role.ADMIN)
    flow(trying({"channel": "email", "trigger": "ON_COMPLETED"}))
    deliver_all()
    workspace.settings = {"owner_email": "owner@example.com"}
    workspace.save()
    again(workspace)
    deliver_all()

    assert [taken.recipients for taken in inbox.taken] == [["b@example.com"], ["owner@example.com"]]
