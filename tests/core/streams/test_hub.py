"""The thread that writes, on real sockets; what is read is put in its hands."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from core.streams import hub as hubs
from core.streams import readers
from core.streams import stream as streams
from core.streams.hub import Hub
from core.streams.readers import Subject
from core.streams.stream import Stream

KIND = "of the hub's test"


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What is watched, by key; looks are frequent."""
    found: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(hubs, "close_old_connections", lambda: None)
    monkeypatch.setattr(readers, "_readers", {})
    readers.register(KIND, lambda keys: {key: {("thing", key): found[key]} for key in keys if key in found})
    return found


def opened(hub: Hub, key: str, **given: Any) -> tuple[socket.socket, Stream]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    ours.settimeout(10)
    is_allowed = given.pop("is_allowed", lambda: True)
    stream = Stream(uuid4(), (Subject(KIND, key),), is_allowed, lambda: None, **given)
    hub.add(theirs, stream, head=b"head\r\n\r\n")
    return ours, stream


def until(client: socket.socket, text: bytes) -> bytes:
    """What arrives, up to this."""
    received = b""
    while text not in received:
        part = client.recv(65536)
        assert part, received
        received += part
    return received


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "streams"]


def test_each_is_told_its_own_by_one_thread_that_ends_with_the_last(things: dict[str, dict[str, Any]]) -> None:
    hub = Hub()
    things |= {"a": {"n": 1}, "b": {"n": 2}}
    a, _ = opened(hub, "a")
    b, _ = opened(hub, "b")
    first, other = until(a, b"event: ready"), until(b, b"event: ready")
    assert first.startswith(b"head\r\n\r\nretry: 2000\n\n")
    assert (b'{"n":1}' in first, b'{"n":2}' in first, b'{"n":2}' in other) == (True, False, True)

    things["b"] = {"n": 3}

    assert b'{"n":3}' in until(b, b'{"n":3}')
    assert threads() == ["streams"]
    a.close()
    b.close()
    eventually(lambda: not threads())
    things["a"] = {"n": 4}
    again, _ = opened(hub, "a")
    assert b'{"n":4}' in until(again, b"event: ready")
    again.close()
    eventually(lambda: not threads())


def test_a_client_that_does_not_read_is_told_the_last_state_and_is_let_go(
    things: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub()
    things["a"] = {"n": 0}
    slow, stream = opened(hub, "a")
    until(slow, b"event: ready")
    for number in range(8):
        things["a"] = {"n": number, "much": "x" * 300_000}
        time.sleep(0.06)
    [client] = hub._clients

    assert len(client.waiting) < 400_000  # of 2.4 million

    rest = until(slow, b'{"n":7')
    assert rest.count(b"event: thing") < 8
    monkeypatch.setattr(hubs, "STUCK_SECONDS", 0.2)
    things["a"] = {"n": 8, "much": "x" * 3_000_000}
    eventually(lambda: stream.is_over)
    slow.close()
    eventually(lambda: not threads())


def test_a_fault_ends_all_streams_and_the_next_begins_anew(things: dict[str, dict[str, Any]]) -> None:
    hub = Hub()
    things["a"] = {"n": 1}
    client, stream = opened(hub, "a")
    until(client, b"event: ready")

    things["a"] = {"n": object()}  # which no JSON can hold

    with suppress(OSError):
        while client.recv(65536):
            continue
    eventually(lambda: stream.is_over and not threads())
    things["a"] = {"n": 2}
    again, _ = opened(hub, "a")
    assert b'{"n":2}' in until(again, b"event: ready")
    again.close()
    eventually(lambda: not threads())


@pytest.mark.parametrize("given", [{"max_life_seconds": 0.5}, {"is_allowed": lambda: False}])
def test_who_reads_a_byte_now_and_then_stays_no_longer_than_others(
    things: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]
) -> None:
    monkeypatch.setattr(streams, "ACCESS_SECONDS", 0.2)
    things["a"] = {"text": "x" * 4_000_000}
    client, stream = opened(Hub(), "a", **given)
    left = threading.Event()
    stream.leave = left.set

    deadline = time.monotonic() + 10
    while not left.is_set() and time.monotonic() < deadline:
        with suppress(OSError):
            client.recv(1_000)
        time.sleep(0.05)

    assert left.is_set()
    client.close()
