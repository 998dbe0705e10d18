"""One thread of a web process that writes to all of its streams.

Constraints, and the design that follows:

1. The web server has four threads, and a stream may last half an hour: a request that opens one hands its socket over
   and gives its thread back (`handover`).
2. What a stream costs must be small: each second the subjects of all streams of a workspace are read together, and
   what was read is compared with what each was told.
3. A client that does not read must not fill the memory: while something is not yet written to it, it is told nothing
   new, and later what is then. After `STUCK_SECONDS` it is let go.
"""

import os
import selectors
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import structlog
from django.db import Error, close_old_connections, connections

from core.streams.readers import Reading, Subject
from core.streams.stream import LOOK_SECONDS, Stream

log = structlog.get_logger(__name__)

STUCK_SECONDS = 30.0
GATHER_SECONDS = 0.05  # many that arrive together are looked at together
READ_BYTES = 4096


class Wire(Protocol):
    """What is needed of a socket."""

    def fileno(self) -> int: ...
    def send(self, data: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


@dataclass(eq=False, slots=True)
class _Client:
    wire: Wire
    stream: Stream
    waiting: bytearray = field(default_factory=bytearray)
    moved_at: float = 0


class Hub:
    """Concurrency: `add` is for any thread, all else happens in the hub's own, which ends when nobody watches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrived: list[_Client] = []
        self._clients: set[_Client] = set()
        self._thread: threading.Thread | None = None
        self._wake: tuple[int, int] | None = None
        self._reading = Reading()

    def add(self, wire: Wire, stream: Stream, *, head: bytes) -> None:
        """Write `head` to the wire, which does not block, and then whatever the stream tells."""
        client = _Client(wire, stream, bytearray(head), time.monotonic())
        with self._lock:
            self._arrived.append(client)
            if self._thread is None:
                self._wake = os.pipe()
                self._thread = threading.Thread(target=self._run, args=(self._wake[0],), name="streams", daemon=True)
                self._thread.start()
            elif self._wake:
                os.write(self._wake[1], b"+")

    def _run(self, woken: int) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(woken, selectors.EVENT_READ)
                self._watch(selector, woken)
        except Exception:  # whatever it is, nobody may wait for a thread that is gone: they come back to a new one
            log.exception("streams were interrupted")
            self._abandon()
        finally:
            connections.close_all()

    def _watch(self, selector: selectors.BaseSelector, woken: int) -> None:
        look_at = 0.0
        while self._welcome(selector):
            for key, events in selector.select(max(look_at - time.monotonic(), 0)):
                if key.data is None:
                    os.read(woken, READ_BYTES)
                    look_at = min(look_at, time.monotonic() + GATHER_SECONDS)
                else:
                    self._serve(selector, key.data, events)
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_SECONDS
                self._look(selector)

    def _abandon(self) -> None:
        with self._lock:
            gone, self._clients = [*self._clients, *self._arrived], set()
            self._arrived = []
            self._end()
        for each in gone:
            each.wire.close()
            each.stream.close()

    def _welcome(self, selector: selectors.BaseSelector) -> bool:
        """Take in who has arrived; returns whether anybody is there. Else the thread is over, and a next one begins."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
            if not (arrived or self._clients):
                self._end()
                return False
        for each in arrived:
            self._clients.add(each)
            selector.register(each.wire, selectors.EVENT_READ, each)
        return True

    def _end(self) -> None:
        if self._wake:
            for each in self._wake:
                os.close(each)
        self._thread, self._wake = None, None
        self._reading = Reading()

    def _look(self, selector: selectors.BaseSelector) -> None:
        """Read what is watched, once for each workspace, and tell each watcher what is new to them."""
        ready: dict[UUID, list[_Client]] = {}
        now = time.monotonic()
        for each in list(self._clients):
            if not (each.waiting and each.stream.has_begun):
                ready.setdefault(each.stream.workspace_id, []).append(each)
            elif now - each.moved_at > STUCK_SECONDS or self._must_go(each.stream, now=now):
                self._drop(selector, each)
        for workspace_id, clients in ready.items():
            self._tell(selector, workspace_id, clients)
        self._reading.forget(now=now)
        close_old_connections()

    def _must_go(self, stream: Stream, *, now: float) -> bool:
        """Whether who reads a byte now and then, and so is told nothing, may stay no longer all the same."""
        try:
            return stream.is_old(now=now) or not stream.may_stay(now=now)
        except Error as error:
            log.warning("streams could not ask who watches; they go on", error=repr(error))
            return False

    def _tell(self, selector: selectors.BaseSelector, workspace_id: UUID, clients: list[_Client]) -> None:
        subjects: set[Subject] = {subject for each in clients for subject in each.stream.subjects}
        now = time.monotonic()
        try:
            read = self._reading.read(workspace_id, subjects, now=now)
            for each in clients:
                each.waiting += each.stream.advance(read, now=now)
        except Error as error:
            log.warning("streams could not look; they go on", error=repr(error))
        for each in clients:
            self._write(selector, each)

    def _serve(self, selector: selectors.BaseSelector, client: _Client, events: int) -> None:
        if events & selectors.EVENT_READ:
            try:
                is_there = bool(client.wire.recv(READ_BYTES))
            except BlockingIOError:
                is_there = True
            except OSError:
                is_there = False
            if not is_there:
                self._drop(selector, client)
                return
        if events & selectors.EVENT_WRITE:
            self._write(selector, client)

    def _write(self, selector: selectors.BaseSelector, client: _Client) -> None:
        if client not in self._clients:
            return
        try:
            while client.waiting:
                del client.waiting[: client.wire.send(bytes(client.waiting[:65536]))]
                client.moved_at = time.monotonic()
        except BlockingIOError:
            pass
        except OSError:
            self._drop(selector, client)
            return
        if client.stream.is_over and not client.waiting:
            self._drop(selector, client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.waiting else 0)
        selector.modify(client.wire, wanted, client)

    def _drop(self, selector: selectors.BaseSelector, client: _Client) -> None:
        self._clients.discard(client)
        selector.unregister(client.wire)
        client.wire.close()
        client.stream.close()


hub = Hub()
