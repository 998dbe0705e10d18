"""What can go wrong, as types: by the stable `code` of the answer, and by its status for codes of later versions."""

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError


class SequiturError(Exception):
    """Whatever this client raises about a call."""


class ConnectionFailed(SequiturError):
    """The server could not be reached, or the connection was cut: for a change, nobody knows if it was made."""


class TimedOut(ConnectionFailed):
    """The server did not answer in time."""


class UnexpectedAnswer(SequiturError):
    """The answer is not what the description of the API says."""


class WaitTimedOut(SequiturError):
    """What was waited for did not happen in time."""


class InvalidSignature(SequiturError):
    """A message is not signed with this secret, or too old."""


class Problem(BaseModel):
    """One thing that is wrong with a request. `path` is a JSON pointer into its body."""

    path: str = ""
    code: str = ""
    message: str = ""


class ApiError(SequiturError):
    """The server refused. `code` is for programs and stable; `detail` is for people."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str,
        errors: list[Problem],
        request_id: str,
        retry_after_seconds: float | None,
    ) -> None:
        self.status, self.code, self.detail, self.errors = status, code, detail, errors
        self.request_id, self.retry_after_seconds = request_id, retry_after_seconds
        shown = [f"{status} {code}: {detail}", *(f"  {each.path or '/'}: {each.message}" for each in errors)]
        super().__init__("\n".join(shown) + (f" (request {request_id})" if request_id else ""))


class Invalid(ApiError):
    """The request is not valid: `errors` has every problem with its place."""


class Unauthenticated(ApiError):
    """There is no API key, or it is not valid."""


class Forbidden(ApiError):
    """The role or the scopes of the key do not allow this."""


class NotFound(ApiError):
    """There is no such thing in this workspace."""


class Conflict(ApiError):
    """It contradicts what is already there."""


class Changed(Conflict):
    """Somebody changed it since it was read."""


class RateLimited(ApiError):
    """Too many requests; `retry_after_seconds` says when to come back."""


class QuotaExceeded(RateLimited):
    """The workspace has used what it may."""


class ServerError(ApiError):
    """The server failed."""


class Unavailable(ServerError):
    """The server cannot answer at the moment."""


OF_CODE: dict[str, type[ApiError]] = {
    "invalid": Invalid,
    "malformed": Invalid,
    "unauthenticated": Unauthenticated,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "conflict": Conflict,
    "precondition_failed": Changed,
    "changed": Changed,
    "version_conflict": Changed,
    "rate_limited": RateLimited,
    "held_back": RateLimited,
    "quota_exceeded": QuotaExceeded,
    "unavailable": Unavailable,
}
OF_STATUS: dict[int, type[ApiError]] = {
    400: Invalid, 401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict, 412: Changed, 413: Invalid,
    415: Invalid, 422: Invalid, 429: RateLimited, 502: Unavailable, 503: Unavailable, 504: Unavailable,
}  # fmt: skip


def of(response: httpx.Response) -> ApiError:
    """The error that an answer is: also one of a proxy, which is not in the shape of the API's."""
    body = _body(response)
    code = str(body.get("code") or "error")
    kind = OF_CODE.get(code) or OF_STATUS.get(response.status_code)
    kind = kind or (ServerError if response.status_code >= 500 else ApiError)
    return kind(
        status=response.status_code,
        code=code,
        detail=str(body.get("detail") or response.reason_phrase),
        errors=_problems(body.get("errors")),
        request_id=response.headers.get("X-Request-Id", ""),
        retry_after_seconds=retry_after_seconds(response),
    )


def retry_after_seconds(response: httpx.Response) -> float | None:
    """What `Retry-After` says; None without it, or where it is a date, which this API never sends."""
    written = response.headers.get("Retry-After", "")
    return float(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _problems(found: Any) -> list[Problem]:
    try:
        return [Problem.model_validate(each) for each in found or []]
    except (ValidationError, TypeError):
        return []
