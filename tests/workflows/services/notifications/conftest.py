"""Runs that tell people, and a mail server that takes what they are told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.utils import DNS_NAME
from django.db.models import F
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.actions import mail_server
from tests.actions.mail_server import Inbox
from triggers.services import matching
from workflows.models import NotificationDelivery, Run
from workflows.services.notifications import delivering, sweeping

Flow = Callable[..., Run]

TO = "ops@example.com"
MAX_ROUNDS = 20


@pytest.fixture
def inbox(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A real mail server, to which Django's SMTP backend is pointed."""
    monkeypatch.setattr(DNS_NAME, "_fqdn", "localhost", raising=False)
    found, controller = mail_server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
    settings.DEFAULT_FROM_EMAIL = "Sequitur <robot@example.com>"
    yield found
    controller.stop()


@pytest.fixture
def flow(workspace: Workspace) -> Flow:
    """Publishes these actions, lets an event start them, and goes on as far as it goes without waiting."""

    def start(*actions: dict[str, Any], data: dict[str, Any] | None = None, **changes: Any) -> Run:
        factories.published(workspace, factories.definition(*actions, **changes))
        return again(workspace, **(data or {}))

    return start


def again(workspace: Workspace, **data: Any) -> Run:
    """Another run of what is published."""
    event = factories.event(workspace, **data)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def policy(trigger: str, **changes: Any) -> dict[str, Any]:
    """A notification by e-mail."""
    return {"channel": "email", "trigger": trigger, "to": TO, **changes}


def trying(*policies: dict[str, Any], succeed_on_attempt: int = 1, **changes: Any) -> dict[str, Any]:
    """An action that is tried twice at most, and tells people."""
    return {
        "id": "try",
        "type": "test_trying",
        "params": {"succeed_on_attempt": succeed_on_attempt},
        "retry": {"max_attempts": 2, "initial_seconds": 0},
        "notifications": list(policies),
        **changes,
    }


def rows(**wanted: Any) -> list[NotificationDelivery]:
    """The notifications there are, the oldest first."""
    with tenancy.unscoped("tests look at everything"):
        found = NotificationDelivery.objects.filter(**wanted).select_related("digest", "action_run")
        return list(found.order_by("created_at", "id"))


def deliver_all() -> None:
    """Send what waits for a worker, as workers would."""
    for _ in range(MAX_ROUNDS):
        waiting = rows(status="pending", due_at=None, lease_until=None)
        if not waiting:
            return
        for row in waiting:
            delivering.deliver(row.pk)
    raise AssertionError("there is always something to deliver")


def pass_time(*, seconds: float) -> None:
    """Let so much time have passed for notifications, look for what is due, and send it."""
    by = timedelta(seconds=seconds)
    with tenancy.unscoped("tests look at everything"):
        for name in ("due_at", "lease_until", "group_until"):
            NotificationDelivery.objects.filter(**{f"{name}__isnull": False}).update(**{name: F(name) - by})
    sweeping.sweep()
    deliver_all()


def code_of(row: NotificationDelivery) -> str:
    """Why it was not sent."""
    return row.error["code"] if row.error else ""
