"""Streams of the web server as `make up` runs it: they hold no thread of it."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from core import tenancy
from core.models import ApiKey, Workspace
from tests import factories, live, processes
from tests.core.streams.test_stream import told
from triggers.services import matching
from workflows.models import ActionRun, Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

WEB_THREADS = 4


@pytest.fixture
def run(workspace: Workspace) -> Run:
    factories.published(workspace)
    matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.get()


@pytest.fixture
def url() -> Iterator[str]:
    with live.server() as found:
        yield found


class Watcher:
    """A connection that watches."""

    def __init__(self, url: str, path: str, key: str, **headers: str) -> None:
        place = urlsplit(url)
        self.sock = socket.create_connection((str(place.hostname), place.port or 0), timeout=30)
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}", "Accept: text/event-stream"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())
        self.received = b""

    def until(self, text: bytes) -> bytes:
        """What was received, once this is in it."""
        while text not in self.received:
            part = self.sock.recv(65536)
            assert part, self.received
            self.received += part
        return self.received

    def to_the_end(self) -> bytes:
        """What was received when the server has closed."""
        while part := self.sock.recv(65536):
            self.received += part
        return self.received


def status(url: str, path: str, key: str) -> int:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_more_streams_than_threads_leave_the_server_free(url: str, workspace: Workspace, run: Run) -> None:
    key = factories.api_key(workspace)
    watchers = [Watcher(url, f"/api/v1/workflow-runs/{run.pk}/stream/", key) for _ in range(WEB_THREADS * 3)]
    for each in watchers:
        head = each.until(b"event: ready").partition(b"\r\n\r\n")[0].decode()
        assert head.startswith("HTTP/1.1 200 OK\r\n")
        assert "Content-Type: text/event-stream; charset=utf-8" in head
        assert "Transfer-Encoding" not in head

    assert status(url, "/api/v1/workflow-runs/", key) == 200
    with tenancy.scope(workspace.pk):
        ActionRun.objects.filter(run=run).update(status="completed")
        Run.objects.filter(pk=run.pk).update(status="completed")

    all_told = [told(each.to_the_end().partition(b"\r\n\r\n")[2]) for each in watchers]
    for events in all_told:
        assert [name for name, _, _ in events[-3:]] == ["run", "action", "end"]
    last = next(id_ for _, _, id_ in reversed(all_told[0]) if id_)
    again = Watcher(url, f"/api/v1/workflow-runs/{run.pk}/stream/", key, Last_Event_ID=last)
    assert again.until(b"\r\n\r\n").startswith(b"HTTP/1.1 204 ")


def test_a_revoked_key_ends_its_streams_and_no_other(url: str, workspace: Workspace, run: Run) -> None:
    lost, kept = factories.api_key(workspace), factories.api_key(workspace)
    theirs, ours = (Watcher(url, "/api/v1/stream/?topics=runs", each) for each in (lost, kept))
    for each in (theirs, ours):
        each.until(b"event: ready")

    with tenancy.scope(workspace.pk):
        ApiKey.objects.filter(prefix=lost[:11]).delete()

    assert theirs.to_the_end().endswith(b'event: end\ndata: {"reason":"access"}\n\n')
    with tenancy.scope(workspace.pk):
        Run.objects.filter(pk=run.pk).update(status="failed")
    assert b'"status":"failed"' in ours.until(b'"status":"failed"')


def test_two_hundred_streams_beside_ordinary_requests(workspace: Workspace, run: Run) -> None:
    keys = [factories.api_key(workspace) for _ in range(11)]
    with live.server(environment={"SEQUITUR_WEB_WORKERS": "2"}) as url:
        alone = [_seconds(url, keys[0]) for _ in range(50)]
        watchers = [Watcher(url, "/api/v1/stream/?topics=runs", keys[number % 10 + 1]) for number in range(200)]
        for each in watchers:
            each.until(b"event: ready")
        beside = [_seconds(url, keys[0]) for _ in range(50)]
        with tenancy.scope(workspace.pk):
            Run.objects.filter(pk=run.pk).update(status="failed")
        began = time.monotonic()
        for each in watchers:
            each.until(b'"status":"failed"')
        told_all_seconds = time.monotonic() - began

    print(json.dumps({"alone_ms": _median(alone), "beside_ms": _median(beside), "all_told_s": told_all_seconds}))
    assert told_all_seconds < processes.DEADLINE_SECONDS / 6
    assert _median(beside) < 5 * _median(alone) + 50


def _seconds(url: str, key: str) -> float:
    began = time.monotonic()
    assert status(url, "/api/v1/workflow-runs/", key) == 200
    return time.monotonic() - began


def _median(seconds: list[float]) -> float:
    return round(1000 * sorted(seconds)[len(seconds) // 2], 1)
