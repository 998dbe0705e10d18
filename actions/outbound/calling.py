"""What actions do with the door: send, and turn an answer that was not wanted into a failure that says what to do."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from actions.base import ActionFailedError
from actions.outbound import door, narrowing
from actions.outbound.addresses import AllowList
from actions.outbound.messages import OutboundRequest, OutboundResponse
from core.redaction import Redactor

RETRYABLE_STATUSES = frozenset({408, 425, 429})  # and all from 500
MAX_RETRY_AFTER_SECONDS = 3600.0
_SHOWN_CHARACTERS = 200


def call(
    request: OutboundRequest,
    *,
    timeout_seconds: float,
    redactor: Redactor,
    is_expected: Callable[[int], bool] = lambda status: status // 100 == 2,
) -> OutboundResponse:
    """The answer, when its status is an expected one.

    Raises `ActionFailedError`: what `door.send` raises, and http_status for every other status, retryable for 408, 425,
    429 and 5xx. All of them carry the request, and the response where there is one.
    """
    try:
        response = door.send(
            request,
            deadline_seconds=timeout_seconds,
            allow=AllowList.from_settings(),
            rules=narrowing.rules_in_scope(),
        )
    except ActionFailedError as error:
        error.request = request.as_json(redactor)
        raise
    if is_expected(response.status):
        return response
    is_retryable = response.status in RETRYABLE_STATUSES or response.status >= 500
    raise ActionFailedError(
        "http_status",
        _explain(response, redactor),
        is_retryable=is_retryable,
        retry_after_seconds=_retry_after_seconds(response, now=datetime.now(UTC)) if is_retryable else None,
        request=request.as_json(redactor),
        response=response.as_json(redactor),
    )


def _explain(response: OutboundResponse, redactor: Redactor) -> str:
    text = f"the answer was {response.status}"
    if response.status // 100 == 3:
        return f"{text}, which redirects to {response.headers.get('location', 'nowhere')[:200]}; that is not followed"
    body = " ".join(response.as_json(redactor)["body"].split())[:_SHOWN_CHARACTERS]
    return f"{text}: {body}" if body else text


def _retry_after_seconds(response: OutboundResponse, *, now: datetime) -> float | None:
    """How long the server asks us to wait, at most an hour; None when it does not say so readably.

    Source: RFC 9110, section 10.2.3: seconds, or a date.
    """
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal() and text.isascii():
        return min(float(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
