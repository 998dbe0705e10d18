"""`Idempotency-Key` of any POST: sent again, it is answered with the first answer, and nothing is done twice."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.keys import one_key
from core.services import answers
from core.services.answers import Answer, Asked

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

Handler = Callable[..., Response]


def key_of(request: Request) -> str:
    """The key of a request, "" for none. Raises `InvalidError` for what is none."""
    return one_key("", request.headers.get(HEADER, ""))


def keyed(handler: Handler, asked: Asked) -> Handler:
    """The handler, which does what it does once for each key of the caller. The body has been bounded before."""

    def once(request: Request, *args: Any, **kwargs: Any) -> Response:
        first: Response | None = None

        def act() -> Answer:
            nonlocal first
            first = handler(request, *args, **kwargs)
            return Answer(first.status_code, _plain(first.data), _own(first))

        found = answers.once(asked, act)
        if first is not None:
            return first
        return Response(found.body, status=found.status, headers={**found.headers, REPLAYED: "true"})

    return once


def fingerprint(request: Request) -> str:
    """A hash of what is asked for: the method, the URL, the body and its type, `If-Match`, an event's headers."""
    said = sorted(f"{name}: {value}" for name, value in request.headers.items() if _is_asked(name.lower()))
    parts = (str(request.method), request.get_full_path(), request.content_type or "", *said)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + bytes(request.body)).hexdigest()


def _is_asked(header: str) -> bool:
    return header == "if-match" or header.startswith("ce-")


def _own(response: Response) -> dict[str, str]:
    """What the view says in headers (`ETag`, `Cache-Control`). The type of the body follows from it again."""
    return {name: value for name, value in response.items() if name != "Content-Type"}


def _plain(body: Any) -> Any:
    """The body as it is sent: shapes are JSON already, but for what a view answers with by itself."""
    return None if body is None else json.loads(JSONRenderer().render(body))
