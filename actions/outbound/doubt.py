"""Whether a request that failed may have been acted upon all the same, which only a person can find out."""

from actions.base import ActionFailedError
from actions.outbound import causes

_NO_WHOLE_ANSWER = frozenset({"timeout", "connection_failed", "response_too_large"})
_BUSY = 503  # says of itself that nothing was begun


def may_have_arrived(error: ActionFailedError) -> bool:
    """True after no whole answer once there was a connection, after a 408, and after a 5xx other than 503."""
    if error.code in _NO_WHOLE_ANSWER:
        return not causes.was_not_connected(error)
    status = int((error.response or {}).get("status", 0))
    return status == 408 or (status >= 500 and status != _BUSY)


def outcome_unknown(error: ActionFailedError, text: str) -> ActionFailedError:
    """The failure in the place of this one that is not repeated: nobody knows whether it was done."""
    return ActionFailedError(
        "outcome_unknown",
        f"{error.message}; {text}",
        is_retryable=False,
        is_outcome_unknown=True,
        request=error.request,
        response=error.response,
    )
