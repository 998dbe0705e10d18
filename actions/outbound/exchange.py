"""One request and its answer, ended at the deadline whatever the other side does.

Socket timeouts bound each read, not the sum of them: a server that sends a byte a second holds a worker for ever. So a
watchdog shuts the socket down at the deadline. It holds a duplicate of the descriptor, since TLS takes the socket over
in the middle of its handshake, and http.client gives it to the response.
"""

import math
import os
import socket
import threading
from contextvars import ContextVar, Token
from time import monotonic
from types import TracebackType

from actions.outbound.addresses import AllowList
from actions.outbound.proxies import Proxy
from core.outbound_rules import OutboundRules


class Exchange:
    """The time that is left, what may be reached and how. Use it as a context, within which `current()` is this one.

    Concurrency: made and left by one thread; only the watchdog touches it from another.
    """

    def __init__(
        self,
        *,
        deadline_seconds: float,
        allow: AllowList,
        rules: OutboundRules | None = None,
        connect_seconds: float = math.inf,
        proxy: Proxy | None = None,
    ) -> None:
        self.allow = allow
        self.rules = rules
        self.connect_seconds = connect_seconds
        self.proxy = proxy
        self.is_expired = False
        self._ends_at = monotonic() + deadline_seconds
        self._lock = threading.Lock()
        self._is_over = False
        self._watched: list[socket.socket] = []
        self._watchdog = threading.Timer(deadline_seconds, self._expire)
        self._watchdog.daemon = True
        self._token: Token[Exchange] | None = None

    @property
    def remaining_seconds(self) -> float:
        """Never quite zero: for a socket, zero means not to wait at all."""
        return max(self._ends_at - monotonic(), 0.001)

    def watch(self, sock: socket.socket) -> None:
        """Shut this connection down at the deadline, at once if that has passed."""
        with self._lock:
            self._watched.append(socket.socket(fileno=os.dup(sock.fileno())))
            if self.is_expired:
                self._shut_down()

    def __enter__(self) -> "Exchange":
        self._token = _CURRENT.set(self)
        self._watchdog.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.cancel()
        if self._token is not None:
            _CURRENT.reset(self._token)
        with self._lock:
            self._is_over = True
            for sock in self._watched:
                sock.close()
            self._watched.clear()

    def _expire(self) -> None:
        with self._lock:
            if not self._is_over:
                self.is_expired = True
                self._shut_down()

    def _shut_down(self) -> None:
        for sock in self._watched:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it was closed by the other side, or is not connected yet


_CURRENT: ContextVar[Exchange] = ContextVar("outbound_exchange")


def current() -> Exchange:
    """The exchange that this thread is in. Raises LookupError outside one: no connection is opened past the door."""
    return _CURRENT.get()
