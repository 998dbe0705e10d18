"""Errors of GraphQL, with the codes of the envelope: `extensions` has `code`, `status` and `errors`."""

from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from rest_framework.request import Request

from core.api import envelope

log = structlog.get_logger(__name__)

MAX_CHARACTERS = 500  # of a message that may quote what was sent


def shown(error: GraphQLError, request: Request) -> dict[str, Any]:
    """Shape: `{"message", "locations"?, "path"?, "extensions": {"code", "status", "errors", "retryAfter"?}}`."""
    found = dict(error.formatted)
    message, extensions = _told(error, request)
    found.pop("extensions", None)
    return {**found, "message": message[:MAX_CHARACTERS], "extensions": extensions}


def cause(error: GraphQLError) -> Exception | None:
    """What went wrong in our code, or was refused by it; None where the query itself is wrong."""
    found: Exception | None = error
    while isinstance(found, GraphQLError):
        found = found.original_error
    return found


def _told(error: GraphQLError, request: Request) -> tuple[str, dict[str, Any]]:
    found = cause(error)
    if found is None:
        code = "malformed" if isinstance(error, GraphQLSyntaxError) else "invalid"
        return error.message, {"code": code, "status": 400, "errors": []}
    answer = envelope.exception_handler(found, {"request": request})
    if answer is None:
        log.error("a field failed", path=[*(error.path or ())], exc_info=found)
        text = "Something went wrong on our side; the log has the details under the request's id."
        return text, {"code": "error", "status": 500, "errors": []}
    body = answer.data
    extensions = {"code": body["code"], "status": answer.status_code, "errors": body["errors"]}
    if "Retry-After" in answer.headers:
        extensions["retryAfter"] = int(answer.headers["Retry-After"])
    return body["detail"], extensions
