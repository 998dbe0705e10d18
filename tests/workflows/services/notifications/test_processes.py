"""Real workers: notifications go over their queue, and one that is killed in the middle sends nothing twice."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core import tenancy
from core.models import Workspace
from tests import factories, processes
from tests.actions import mail_server
from tests.actions.mail_server import Inbox
from tests.workflows.services.notifications.conftest import code_of, policy, rows
from workflows.models import NotificationDelivery
from workflows.services.notifications import sweeping

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]


TELLING = factories.log_event("x", notifications=[policy("ON_COMPLETED")])


class Slow(Inbox):
    """Takes the message and says so only when it may."""

    def __init__(self, port: int) -> None:
        super().__init__(port=port)
        self.arrived, self.may_answer = threading.Event(), threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.arrived.set()
        while not self.may_answer.is_set():
            await asyncio.sleep(0.01)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def slow() -> Iterator[Slow]:
    inbox = Slow(mail_server.free_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    yield inbox
    inbox.may_answer.set()
    controller.stop()


def smtp(inbox: Inbox) -> dict[str, str]:
    return {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(inbox.port)}


def has_ended() -> bool:
    found = rows()  # once: the first may come between two looks
    return bool(found) and all(row.status != "pending" for row in found)


def test_a_worker_sends_what_happened(workspace: Workspace, slow: Slow) -> None:
    slow.may_answer.set()
    factories.published(workspace, factories.definition(TELLING))
    factories.event(workspace)

    with processes.worker(environment=smtp(slow)):
        processes.eventually(has_ended, what="the notification is sent")

    assert [row.status for row in rows()] == ["sent"]
    assert len(slow.taken) == 1


@pytest.mark.long
def test_a_worker_that_is_killed_while_it_sends_leaves_it_to_a_person(workspace: Workspace, slow: Slow) -> None:
    factories.published(workspace, factories.definition(TELLING))
    factories.event(workspace)
    with processes.worker(environment=smtp(slow)) as killed:
        assert slow.arrived.wait(30), "the worker never sent anything"
        killed.kill()
    slow.may_answer.set()

    with tenancy.unscoped("the lease is over"):
        NotificationDelivery.objects.update(lease_until="2020-01-01T00:00:00Z")
    with processes.worker(environment=smtp(slow)):
        processes.eventually(has_ended, meanwhile=sweeping.sweep, what="the notification has ended")

    (row,) = rows()
    assert (row.status, code_of(row)) == ("failed", "outcome_unknown")
    assert [each["outcome"] for each in row.attempts] == ["lost"]
    assert len(slow.taken) <= 1
    assert processes.all_runs_completed(workspace, number=1)
