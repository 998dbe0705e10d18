"""What an API answered: the output of an operation, or a failure with a code and the API's own message."""

from actions.base import ActionFailedError, Effects, JsonObject
from actions.connectors.document import ConnectorDocument, Errors, Operation, Output, effects_of
from actions.outbound import OutboundResponse, doubt
from core import documents
from core.errors import SequiturError
from core.expressions import paths
from core.expressions.paths import MISSING
from core.redaction import Redactor

MAX_MESSAGE_CHARACTERS = 300
_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "conflict", 429: "rate_limited"}


def output(operation: Operation, response: OutboundResponse) -> JsonObject:
    """The answer by the names of the operation's mapping; null for what the answer does not have."""
    whole = {"status": response.status, "headers": dict(response.headers), "body": response.value()}
    if not operation.response:
        return {"status": whole["status"], "body": whole["body"]}
    found = {}
    for name, each in operation.response.items():
        value = paths.resolve(paths.parse(each.path if isinstance(each, Output) else each), whole)
        found[name] = None if value is MISSING else value
    return found


def check(document: ConnectorDocument, operation: Operation, response: OutboundResponse, *, redactor: Redactor) -> None:
    """Raises `ActionFailedError` for an answer that says it is an error although its status does not."""
    errors = operation.errors or document.errors
    if errors.present is None:
        return
    body = response.value()
    if paths.resolve(paths.parse(errors.present), body) in (MISSING, None, [], {}, False, ""):
        return
    message = _message(errors, body) or f"the answer was {response.status}, with an error in it"
    code, is_retryable = _code(errors, body, default="api_error", is_retryable=False)
    raise ActionFailedError(
        code,
        redactor.clean_text(f"{document.title}: {message}"),
        is_retryable=is_retryable,
        response=response.as_json(redactor),
    )


def explained(document: ConnectorDocument, operation: Operation, error: ActionFailedError) -> ActionFailedError:
    """The same failure with a code that says what to do, the API's own message, and whether it may be repeated."""
    if error.code == "http_status":
        error = _of_status(document, operation, error)
    if effects_of(operation) is Effects.ONCE and doubt.may_have_arrived(error):
        return doubt.outcome_unknown(error, "nobody can tell whether it was done")
    return error


def _of_status(document: ConnectorDocument, operation: Operation, error: ActionFailedError) -> ActionFailedError:
    response = error.response or {}
    status = int(response.get("status", 0))
    errors = operation.errors or document.errors
    body = _parsed(response)
    code, is_retryable = _CODES.get(status, "http_status"), error.is_retryable
    if status == 403 and "retry-after" in response.get("headers", {}):  # as GitHub says that it is too much
        code, is_retryable = "rate_limited", True
    code, is_retryable = _code(errors, body, default=code, is_retryable=is_retryable)
    said = _message(errors, body)
    hint = " Check the credentials of the connection." if code == "unauthorized" else ""
    message = f"{document.title} answered {status}: {said}" if said else error.message
    return ActionFailedError(
        code,
        f"{message}{'.' if hint and not message.endswith('.') else ''}{hint}",
        is_retryable=is_retryable,
        retry_after_seconds=_retry_after(error, response) if is_retryable else None,
        request=error.request,
        response=error.response,
    )


def _retry_after(error: ActionFailedError, response: JsonObject) -> float | None:
    text = str(response.get("headers", {}).get("retry-after", ""))
    seconds = float(text[:9]) if text.isdecimal() and text.isascii() else None
    return error.retry_after_seconds if error.retry_after_seconds is not None or seconds is None else min(seconds, 3600)


def _code(errors: Errors, body: object, *, default: str, is_retryable: bool) -> tuple[str, bool]:
    theirs = paths.resolve(paths.parse(errors.code), body) if errors.code else MISSING
    text = str(theirs)
    if theirs is MISSING:
        return default, is_retryable
    return errors.codes.get(text, default), is_retryable or text in errors.retryable


def _message(errors: Errors, body: object) -> str:
    found = paths.resolve(paths.parse(errors.message), body) if errors.message else MISSING
    return " ".join(found.split())[:MAX_MESSAGE_CHARACTERS] if isinstance(found, str) else ""


def _parsed(response: JsonObject) -> object:
    """The body as it was kept with the attempt, which is redacted."""
    text = str(response.get("body", ""))
    try:
        return documents.parse_json(text.encode(), max_bytes=len(text.encode()))
    except SequiturError:
        return None
