from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from actions.models import Connection
from actions.services import connections, expiring
from actions.tasks import warn_of_expiry
from config.celery import app
from core import tenancy
from core.models import Role, Workspace
from core.services import workspaces
from tests.actions.mail_server import Inbox


def stored(workspace: Workspace, *, days: float | None, name: str = "crm") -> Connection:
    ends = None if days is None else timezone.now() + timedelta(days=days)
    with tenancy.scope(workspace.pk):
        return connections.create(
            name=name,
            kind="http_bearer",
            settings_={"base_url": "https://api.example.com"},
            secrets={"token": "t0ken-value"},
            expires_at=ends,
        )


@pytest.fixture
def admins(workspace: Workspace) -> None:
    for name, role in (("ada", Role.ADMIN), ("eve", Role.EDITOR), ("bob", Role.ADMIN)):
        user = User.objects.create_user(name, email=f"{name}@example.com")
        workspaces.add_member(workspace, user=user, role=role)
    workspaces.add_member(workspace, user=User.objects.create_user("nomail"), role=Role.ADMIN)


@pytest.mark.usefixtures("admins")
def test_the_admins_are_told_once_for_each_end(workspace: Workspace, inbox: Inbox) -> None:
    row = stored(workspace, days=6.9)

    counts = [expiring.warn(), expiring.warn()]
    with tenancy.scope(workspace.pk):
        connections.update(row, expires_at=timezone.now() + timedelta(days=3))
    counts.append(expiring.warn())

    assert counts == [1, 0, 1]
    assert [taken.recipients for taken in inbox.taken] == [["ada@example.com", "bob@example.com"]] * 2
    message = inbox.taken[0].message
    assert message["Subject"] == "The connection crm expires soon"
    assert "t0ken" not in message.as_string()
    assert message["Message-ID"] != inbox.taken[1].message["Message-ID"]


@pytest.mark.usefixtures("admins")
@pytest.mark.parametrize(("days", "count"), [(None, 0), (7.1, 0), (6.9, 1), (-30, 1)])
def test_only_what_ends_within_a_week_is_told(
    workspace: Workspace, inbox: Inbox, days: float | None, count: int
) -> None:
    stored(workspace, days=days)

    assert expiring.warn() == len(inbox.taken) == count


@pytest.mark.usefixtures("admins")
def test_what_the_mail_server_does_not_take_is_told_the_next_time(workspace: Workspace, inbox: Inbox) -> None:
    stored(workspace, days=1)
    inbox.answers["MAIL"] = "451 later"
    first = expiring.warn()
    inbox.answers.clear()

    assert (first, expiring.warn(), len(inbox.taken)) == (0, 1, 1)


def test_where_nobody_has_an_address_nothing_is_remembered(workspace: Workspace, inbox: Inbox) -> None:
    row = stored(workspace, days=1)

    assert expiring.warn() == 0
    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
    assert row.warned_for is None


@pytest.mark.usefixtures("admins")
def test_many_are_told_in_batches(workspace: Workspace, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "BATCH", 2)
    for number in range(5):
        stored(workspace, days=1, name=f"c{number}")

    assert (expiring.warn(), expiring.warn(now=datetime.now().astimezone())) == (5, 0)


def test_it_is_looked_for_once_a_day(db: None) -> None:
    entry = app.conf.beat_schedule["warn-of-expiry"]

    assert entry["task"] == warn_of_expiry.name
    assert entry["options"]["queue"] == "maintenance"
    warn_of_expiry()
