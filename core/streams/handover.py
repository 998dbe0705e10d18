"""Around the WSGI application: of an answer that is a stream, the socket goes to the hub and the thread to the server.

gunicorn gives an application the socket of its request (`gunicorn.socket`). A copy of it goes to the hub; the server
closes its own without ending the connection (`config.web_worker`).
"""

from collections.abc import Callable, Iterable
from typing import Any

from core.streams.errors import HandedOver
from core.streams.hub import hub
from core.streams.responses import StreamResponse

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def wrap(application: Application) -> Application:
    """The application, whose streams are handed over where the server can."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        said: list[Any] = []

        def start(*args: Any) -> Any:
            said[:] = args
            return start_response(*args)

        response = application(environ, start)
        socket = environ.get("gunicorn.socket")
        if not isinstance(response, StreamResponse) or socket is None:
            return response
        try:
            wire = socket.dup()
        except OSError:  # no descriptor left; the server writes it by itself
            return response
        wire.setblocking(False)
        response.is_handed_over = True
        response.close()  # what a request leaves behind; not the stream
        hub.add(wire, response.stream, head=_head(*said[:2]))
        raise HandedOver

    return wrapped


def _head(status: str, headers: list[tuple[str, str]]) -> bytes:
    """The answer up to its body, which ends with the connection."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
