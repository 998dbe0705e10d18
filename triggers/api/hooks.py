"""Requests to the URLs of webhooks: outside the API's authentication, inside its envelope of errors."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from core.api.envelope import exception_handler
from core.api.parsers import read_body
from core.errors import MalformedError, NotFoundError, SequiturError
from triggers.models import Hook
from triggers.ports import Answer
from triggers.services import hooks, webhooks
from triggers.services.webhooks import Request

ALLOWED = "POST, PUT, OPTIONS"
BODILESS = frozenset({204, 205, 304})
# What a workflow says stands at our origin, beside the admin: no browser may run it, or think that it is ours.
SANDBOX = "default-src 'none'; sandbox"

_ORIGIN = re.compile(r"[A-Za-z0-9.:/_-]{1,200}|\*")


class MethodNotAllowedError(SequiturError):
    """Requests to a webhook are sent by POST or PUT."""

    code = "method_not_allowed"
    status = 405


class LengthRequiredError(SequiturError):
    """Send the length of the body (`Content-Length`); bodies in chunks are not read."""

    code = "length_required"
    status = 411


@csrf_exempt  # senders have no session; they prove who they are by the trigger's own scheme
def hook(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer a request to the hook with this public id."""
    try:
        handle = _METHODS.get(request.method or "", _refuse)
        response = _response(handle(request, _found(public_id)))
    except Exception as error:
        if (known := exception_handler(error, {"request": request})) is None:
            raise
        response = JsonResponse(known.data, status=known.status_code)
        if "Retry-After" in known.headers:
            response["Retry-After"] = known.headers["Retry-After"]
    if response.status_code == MethodNotAllowedError.status:
        response["Allow"] = ALLOWED
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "no-store"
    return response


def _found(public_id: str) -> Hook:
    found = hooks.find(public_id)
    if found is None:
        raise NotFoundError("There is no webhook here.")
    return found


def _deliver(request: HttpRequest, found: Hook) -> Answer:
    return webhooks.receive(found, _request(request, body=_body(request)))


def _challenge(request: HttpRequest, found: Hook) -> Answer:
    answer = webhooks.challenge(found, _request(request))
    if answer is None:
        raise MethodNotAllowedError
    return answer


def _may_send(request: HttpRequest, found: Hook) -> Answer:
    """The handshake of CloudEvents: whoever asks may send, and is verified when it does.

    Source: https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#41-validation-request
    """
    origin = request.headers.get("WebHook-Request-Origin", "")
    granted = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"} if _ORIGIN.fullmatch(origin) else {}
    return Answer(200, None, {"Allow": ALLOWED, **granted})


def _refuse(request: HttpRequest, found: Hook) -> Answer:
    raise MethodNotAllowedError


_METHODS: dict[str, Callable[[HttpRequest, Hook], Answer]] = {
    "POST": _deliver,
    "PUT": _deliver,
    "GET": _challenge,
    "OPTIONS": _may_send,
}


def _request(request: HttpRequest, *, body: bytes = b"") -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(str(request.method), headers, str(request.META.get("QUERY_STRING", "")), body)


def _body(request: HttpRequest) -> bytes:
    """The raw body, bounded before anything else. One that was cut off is refused, whatever its type."""
    if "Transfer-Encoding" in request.headers:  # Django would read it as an empty body
        raise LengthRequiredError
    raw = read_body(request, max_bytes=settings.SEQUITUR_MAX_EVENT_BYTES)
    if str(len(raw)) != (request.headers.get("Content-Length", "").lstrip("0") or "0"):
        raise MalformedError("The body ended before its announced length.")
    return raw


def _response(answer: Answer) -> HttpResponse:
    if answer.body is None or answer.status in BODILESS:
        response = HttpResponse(status=answer.status)
        del response["Content-Type"]
    elif isinstance(answer.body, str):
        response = HttpResponse(answer.body, status=answer.status, content_type="text/plain; charset=utf-8")
    else:
        response = JsonResponse(
            answer.body, status=answer.status, safe=False, json_dumps_params={"ensure_ascii": False}
        )
    for name, value in answer.headers.items():
        response[name] = value
    return response
