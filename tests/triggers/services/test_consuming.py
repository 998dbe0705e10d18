"""The loop between a broker and the database; the broker here is a list that behaves like one."""

import json
from collections import deque
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DataError, OperationalError

from core import tenancy
from core.models import Workspace
from triggers.bus.decoding import Message
from triggers.bus.mapping import Route
from triggers.bus.source import BusError
from triggers.models import Event
from triggers.services import consuming, ingest
from triggers.services.consuming import Counts

pytestmark = pytest.mark.django_db


class Broker:
    """Messages until they are acknowledged; who connects again gets the others again. `failing` are calls that fail."""

    def __init__(self, *bodies: Any, queue: str = "orders") -> None:
        self.waiting = deque(_message(queue, number, body) for number, body in enumerate(bodies))
        self.dead: list[tuple[Message, str]] = []
        self.failing: list[str] = []
        self.connections = 0
        self._unread = deque(self.waiting)

    def connect(self) -> "Broker":
        self.connections += 1
        self._unread = deque(self.waiting)
        self._fail("connect")
        return self

    def read(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        self._fail("read")
        return [self._unread.popleft() for _ in range(min(max_messages, len(self._unread)))]

    def bury(self, message: Message, *, reason: str) -> None:
        self._fail("bury")
        self.dead.append((message, reason))

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self._fail("acknowledge")
        for each in messages:
            self.waiting.remove(each)

    def close(self) -> None:
        pass

    def is_empty(self) -> bool:
        return not self.waiting

    def _fail(self, call: str) -> None:
        if call in self.failing:
            self.failing.remove(call)
            raise BusError(f"{call} failed")


def _message(queue: str, number: int, body: Any) -> Message:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(queue, raw, id=f"m{number}")


def consume(broker: Broker, workspace: Workspace, **changes: Any) -> Counts:
    route = Route(queue="orders", workspace=workspace.slug, type="order.paid")
    return consuming.consume(
        broker.connect,
        changes.get("routes", [route]),
        max_messages=changes.get("max_messages", 10),
        is_stopping=broker.is_empty,
        sleep=lambda _: None,
    )


def numbers(workspace: Workspace) -> list[int]:
    with tenancy.scope(workspace.pk):
        return [event.data["n"] for event in Event.objects.order_by("id")]


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "MAX_BACKOFF_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def kept_connection() -> Any:
    """The loop closes connections that fail; the test's transaction lives on its own."""
    with patch("django.db.connection.close"):
        yield


def test_messages_become_events_in_batches(workspace: Workspace) -> None:
    broker = Broker(*({"n": number} for number in range(25)))

    assert consume(broker, workspace) == Counts(accepted=25)

    assert numbers(workspace) == [*range(25)]


def test_what_is_delivered_again_is_known(workspace: Workspace) -> None:
    consume(Broker({"n": 1}), workspace)

    assert consume(Broker({"n": 1}), workspace) == Counts(duplicates=1)

    assert numbers(workspace) == [1]


def test_poison_is_put_aside_and_holds_up_nobody(workspace: Workspace) -> None:
    broker = Broker({"n": 1}, b"{", {"n": 2, "big": "x" * 300_000}, {"n": 3})

    assert consume(broker, workspace) == Counts(accepted=2, poison=2)

    assert numbers(workspace) == [1, 3]
    assert [(message.id, reason[:16]) for message, reason in broker.dead] == [
        ("m1", "This is not JSON"), ("m2", "The message has ")
    ]  # fmt: skip


def test_what_the_database_refuses_is_poison_alone(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ingest.accept_many

    def refuse(events: Any, **kwargs: Any) -> Any:
        if any(event.data["n"] == 2 for event in events):
            raise DataError("a value that cannot be stored")
        return real(events, **kwargs)

    monkeypatch.setattr(ingest, "accept_many", refuse)
    broker = Broker({"n": 1}, {"n": 2}, {"n": 3})

    assert consume(broker, workspace) == Counts(accepted=2, poison=1)

    assert (numbers(workspace), broker.dead[0][1]) == ([1, 3], "The database refuses it: a value that cannot be stored")


@pytest.mark.parametrize("call", ["connect", "read", "bury", "acknowledge"])
def test_a_broker_that_goes_away_at_any_moment_loses_and_doubles_nothing(workspace: Workspace, call: str) -> None:
    broker = Broker({"n": 1}, b"{", {"n": 2})
    broker.failing = [call] * 3

    consume(broker, workspace)

    assert (numbers(workspace), broker.connections, len(broker.waiting)) == ([1, 2], 4, 0)
    assert {message.id for message, _ in broker.dead} == {"m1"}


def test_a_database_that_goes_away_loses_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = ingest.accept_many, [OperationalError("the server closed the connection")] * 3

    def fail(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*args, **kwargs)

    monkeypatch.setattr(ingest, "accept_many", fail)
    broker = Broker({"n": 1}, {"n": 2})

    assert consume(broker, workspace) == Counts(accepted=2)

    assert (numbers(workspace), broker.connections, broker.dead) == ([1, 2], 4, [])


def test_queues_of_several_workspaces_are_kept_apart(workspace: Workspace, other_workspace: Workspace) -> None:
    broker = Broker({"n": 1})
    broker.waiting.append(_message("theirs", 1, {"n": 2}))
    routes = [
        Route(queue="orders", workspace=workspace.slug, type="a"),
        Route(queue="theirs", workspace=other_workspace.slug, type="b"),
    ]

    consume(broker, workspace, routes=routes)

    assert (numbers(workspace), numbers(other_workspace)) == ([1], [2])
