"""gunicorn's threads, with an end to how long a client may take to say what it wants.

A thread reads a request as slowly as it is sent, and gunicorn's own time-outs do not look at that: a few clients that
send a byte now and then would hold all threads (slowloris). Streams hold none: their sockets are handed over.
"""

import socket
from contextlib import suppress
from threading import Timer
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from config import environment
from core.streams.errors import HandedOver

READ_SECONDS = environment.load().request_read_seconds


class DeadlineWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Stops reading from a client when its request is not complete in time; answers may take as long as they do."""

    def handle(self, conn: Any) -> Any:
        """Handle a request on a connection, in a thread."""
        timer = Timer(READ_SECONDS, _stop_reading, [conn.sock])
        timer.daemon = True
        timer.start()
        try:
            answered = super().handle(conn)
        finally:
            timer.cancel()
        if getattr(conn, "is_handed_over", False):
            raise HandedOver  # after which gunicorn closes its socket without a word to the client, who has another's
        return answered

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request; notes that somebody else answers it (`core.streams`)."""
        try:
            return super().handle_request(req, conn)
        except HandedOver:
            conn.is_handed_over = True
            raise


def _stop_reading(sock: socket.socket) -> None:
    """A read that waits returns as if the client had hung up; what is written still arrives."""
    with suppress(OSError):  # closed meanwhile
        sock.shutdown(socket.SHUT_RD)
