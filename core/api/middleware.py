"""Around every request: an id that stands in the answer and in each log line."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from core.ids import new_id

_ACCEPTED = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Take over the caller's `X-Request-Id` when it is harmless, or make one; answer with it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        identifier = given if _ACCEPTED.fullmatch(given) else str(new_id())
        with structlog.contextvars.bound_contextvars(request_id=identifier):
            response = get_response(request)
        response["X-Request-Id"] = identifier
        return response

    return middleware
