"""Around every request: its id, in the answer and in each log line; its origin; what the caller may still ask for.

And URLs with or without the last slash.
"""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import callers
from core.api import rates
from core.ids import new_id
from core.worker import correlation

Handler = Callable[[HttpRequest], HttpResponse]


def last_slash(get_response: Handler) -> Handler:
    """Let URLs of the API end with a slash or not. Django would redirect, and a redirected POST loses its body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/") and not request.path_info.endswith("/"):
            request.path_info += "/"
        return get_response(request)

    return middleware


def caller_address(get_response: Handler) -> Handler:
    """Let the audit trail know from where the request came (`callers`)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        address = callers.address_of(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            trusted=settings.SEQUITUR_TRUSTED_PROXIES,
        )
        with callers.calling_from(address):
            return get_response(request)

    return middleware


def request_id(get_response: Handler) -> Handler:
    """Take over the caller's `X-Request-Id` when it is harmless, or make one; answer with it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        identifier = given if correlation.is_accepted(given) else str(new_id())
        with structlog.contextvars.bound_contextvars(request_id=identifier):
            response = get_response(request)
        response["X-Request-Id"] = identifier
        for name, value in rates.headers(getattr(request, "rates", ())).items():
            response[name] = value
        return response

    return middleware
