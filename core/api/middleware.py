"""Around every request: its id, in the answer and in each log line; and URLs with or without the last slash."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from core.ids import new_id

_ACCEPTED = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


Handler = Callable[[HttpRequest], HttpResponse]


def last_slash(get_response: Handler) -> Handler:
    """Let URLs of the API end with a slash or not. Django would redirect, and a redirected POST loses its body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/") and not request.path_info.endswith("/"):
            request.path_info += "/"
        return get_response(request)

    return middleware


def request_id(get_response: Handler) -> Handler:
    """Take over the caller's `X-Request-Id` when it is harmless, or make one; answer with it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        identifier = given if _ACCEPTED.fullmatch(given) else str(new_id())
        with structlog.contextvars.bound_contextvars(request_id=identifier):
            response = get_response(request)
        response["X-Request-Id"] = identifier
        return response

    return middleware
