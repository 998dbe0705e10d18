"""Every error leaves the API as one envelope: `{"detail": text, "code": word, "errors": [{path, code, message}]}`.

The table below turns what Django and DRF raise into our codes. Texts may change, codes may not.
"""

import math
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import DataError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from core.errors import SequiturError

log = structlog.get_logger(__name__)

MAX_PROBLEMS = 100  # nobody mends more at once, and a hostile body can have tens of thousands

_CODES: tuple[tuple[type[Exception], int, str], ...] = (
    (exceptions.NotAuthenticated, 401, "unauthenticated"),
    (exceptions.AuthenticationFailed, 401, "unauthenticated"),
    (exceptions.PermissionDenied, 403, "forbidden"),
    (PermissionDenied, 403, "forbidden"),
    (exceptions.NotFound, 404, "not_found"),
    (Http404, 404, "not_found"),
    (exceptions.MethodNotAllowed, 405, "method_not_allowed"),
    (exceptions.NotAcceptable, 406, "not_acceptable"),
    (exceptions.UnsupportedMediaType, 415, "unsupported_media_type"),
    (exceptions.Throttled, 429, "rate_limited"),
    (exceptions.ParseError, 400, "malformed"),
    (SuspiciousOperation, 400, "malformed"),  # a URL with more parameters than Django reads
    (ValidationError, 400, "invalid"),  # a filter that is no value of its column
    (DataError, 400, "invalid"),
)


def envelope(detail: str, code: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Shape: `{"detail": str, "code": str, "errors": [{"path": str, "code": str, "message": str}]}`."""
    return {"detail": detail, "code": code, "errors": errors or []}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception of a view; None (so a 500 of Django's, logged) for what nobody foresaw."""
    found = _answer(error, context)
    if found is not None:
        found.content_type = "application/json"  # also where what was asked for is of another type
    return found


def _answer(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, SequiturError):
        return _of_ours(error)
    if isinstance(error, OperationalError):
        log.error("database unavailable", error=str(error).partition("\n")[0])
        body = envelope(
            "The database does not answer. Try again shortly; an event with an id is safe to send twice.", "unavailable"
        )
        return Response(body, status=503, headers={"Retry-After": "2"})
    if isinstance(error, exceptions.ValidationError):
        return Response(envelope("The request is not valid.", "invalid", _fields(error.detail)), status=400)
    for kind, status, code in _CODES:
        if isinstance(error, kind) and not _is_of_a_write(error, context):
            return Response(envelope(_text(error), code), status=status, headers=_headers(error))
    return None


def _is_of_a_write(error: Exception, context: dict[str, Any]) -> bool:
    """Whether the database refused what a write sent it: our mistake, to be logged and mended, and not the URL's."""
    request = context.get("request")
    return isinstance(error, ValidationError | DataError) and request is not None and request.method not in SAFE_METHODS


def describe(error: SequiturError) -> dict[str, Any]:
    """The envelope of one of our errors; of very many problems, the first."""
    shown, number = error.problems[:MAX_PROBLEMS], len(error.problems)
    detail = error.detail if number <= MAX_PROBLEMS else f"{error.detail} (The first {MAX_PROBLEMS} of {number:,}.)"
    errors = [{"path": item.path, "code": item.code, "message": item.message} for item in shown]
    return envelope(detail, error.code, errors)


def _of_ours(error: SequiturError) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(math.ceil(error.retry_after_seconds), 1))
    return Response(describe(error), status=error.status, headers=headers)


def _text(error: Exception) -> str:
    if isinstance(error, Http404):
        return "There is no such thing in this workspace."
    if isinstance(error, ValidationError | DataError):
        return "A value of the URL is not one that this field can have."
    if isinstance(error, exceptions.UnsupportedMediaType):
        return f"{error.detail} Send a JSON document, and say so: `Content-Type: application/json`."
    return str(getattr(error, "detail", "") or str(error) or "This is not allowed.")


def _headers(error: Exception) -> dict[str, str] | None:
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return {"WWW-Authenticate": "Bearer"}
    wait_seconds = getattr(error, "wait", None)
    if wait_seconds:
        return {"Retry-After": str(math.ceil(wait_seconds))}
    return None


def _fields(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [item for key, value in detail.items() for item in _fields(value, f"{path}/{key}")]
    if isinstance(detail, list) and any(isinstance(value, dict | list) for value in detail):
        return [item for index, value in enumerate(detail) for item in _fields(value, f"{path}/{index}")]
    texts = detail if isinstance(detail, list) else [detail]
    path = path.removesuffix("/non_field_errors")
    return [{"path": path, "code": getattr(text, "code", "invalid"), "message": str(text)} for text in texts]
