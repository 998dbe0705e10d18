"""The client over sockets: a day with it, blocking and awaited, and what a bad network must not do twice."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer
from sequitur_client import AsyncClient, Client, ConnectionFailed, RateLimited, WaitTimedOut

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.client.conftest import NO_PAUSE
from tests.factories import definition
from triggers.models import Event
from triggers.services import matching
from workflows.models import Run, Workflow

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def misbehaving(upstream: str, *faults: str) -> Iterator[tuple[str, list[str]]]:
    """A server before the server, which answers its first requests with these faults; yields its URL, and a list of the
    idempotency keys that it was sent. `cut`: passed on, but the answer is lost. Else a status: not passed on."""
    left, keys, host = list(faults), [], urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            keys.append(self.headers.get("Idempotency-Key", ""))
            fault = left.pop(0) if left else ""
            if fault.isdigit():
                self._answer(int(fault), b'{"detail": "Later.", "code": "rate_limited", "errors": []}')
                return
            passed = HTTPConnection(host, timeout=30)
            passed.request(self.command, self.path, body, {**self.headers, "Host": host})
            answer = passed.getresponse()
            text = answer.read()
            passed.close()
            if fault == "cut":
                self.close_connection = True
                return
            self._answer(answer.status, text)

        do_GET = do_POST  # noqa: N815  the base class calls it so

        def _answer(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", keys
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def work_off(workspace: Workspace) -> None:
    """Do what the workers would."""
    with tenancy.scope(workspace.pk):
        for event in Event.objects.filter(matched_at=None):
            matching.match(event.pk)
    runner.drain()


def test_a_day_with_the_client_blocking_and_awaited(live_server: LiveServer, workspace: Workspace) -> None:
    key = factories.api_key(workspace)
    with Client(live_server.url, key) as client:
        client.workflows.publish(client.workflows.create(definition=definition()))
        sent = client.events.send(type="lead.created", data={"name": "Ada"}, id="lead-7")
        again = client.events.send(type="lead.created", data={"name": "Ada"}, id="lead-7")
        started = client.workflows.execute(client.workflows.list().first() or "", data={})
        with pytest.raises(WaitTimedOut, match=r"is queued after 0\.01 seconds"):
            client.runs.wait(started.run, timeout=0.01)
        work_off(workspace)
        (run,) = client.runs.list(event=sent.uid)
        done = client.runs.wait(run, timeout=5)

    async def awaited() -> tuple[str, list[str], list[str]]:
        async with AsyncClient(live_server.url, key) as aclient:
            found = await aclient.runs.wait(done.id, timeout=5)
            names = [row.id async for row in aclient.runs.list(limit=1)]
            lines = [line["action"] async for line in aclient.audit.export()]
            return found.status, names, lines

    status, ids, lines = asyncio.run(awaited())
    assert (again.uid == sent.uid, again.duplicate, sent.duplicate) == (True, True, False)
    assert (done.status, [each.status for each in done.actions]) == ("completed", ["completed"])
    assert (status, set(ids)) == ("completed", {done.id, started.run})
    assert {"workflow.created", "workflow.published"} <= set(lines)


def test_a_lost_answer_and_a_refusal_are_asked_for_again_and_nothing_is_made_twice(
    live_server: LiveServer, workspace: Workspace
) -> None:
    key = factories.api_key(workspace)
    with misbehaving(live_server.url, "cut", "429", "503") as (url, keys), Client(url, key, retries=NO_PAUSE) as client:
        made = client.workflows.create(definition=definition())
    with misbehaving(live_server.url, "cut") as (url, event_keys):

        async def send() -> str:
            async with AsyncClient(url, key, retries=NO_PAUSE) as aclient:
                return (await aclient.events.send(type="lead.created", data={})).uid

        uid = asyncio.run(send())

    with tenancy.scope(workspace.pk):
        assert [str(row.pk) for row in Workflow.objects.all()] == [made.id]
        assert [str(row.pk) for row in Event.objects.all()] == [uid]
    assert (len(keys), len(set(keys)), len(event_keys), len(set(event_keys))) == (4, 1, 2, 1)
    assert keys[0]


def test_what_is_not_safe_is_sent_once_and_what_goes_on_failing_is_raised(
    live_server: LiveServer, workspace: Workspace
) -> None:
    key = factories.api_key(workspace)
    made = factories.published(workspace)
    with misbehaving(live_server.url, *["429"] * 9) as (url, keys), pytest.raises(RateLimited):
        Client(url, key, retries=NO_PAUSE).workflows.execute(made.pk, data={})
    with misbehaving(live_server.url, "cut") as (url, tests), pytest.raises(ConnectionFailed, match="webhooks_test"):
        Client(url, key, retries=NO_PAUSE).webhooks.test(url="http://127.0.0.1:9/")

    assert (len(keys), len(tests)) == (4, 1)
    with tenancy.scope(workspace.pk):
        assert not Run.objects.exists()
