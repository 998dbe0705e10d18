"""Whether a request that failed may have been acted upon all the same, which only a person can find out."""

from collections.abc import Iterator

import urllib3

from actions.base import ActionFailedError

_NO_WHOLE_ANSWER = frozenset({"timeout", "connection_failed", "response_too_large"})
_BUSY = 503  # says of itself that nothing was begun
_CONNECTING = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


def may_have_arrived(error: ActionFailedError) -> bool:
    """True after no whole answer once there was a connection, after a 408, and after a 5xx other than 503."""
    if error.code in _NO_WHOLE_ANSWER:
        return not any(isinstance(cause, _CONNECTING) for cause in _causes(error))
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


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What led to the error, the first twenty: libraries hide it in `__cause__`, `__context__`, `reason` or `args`."""
    waiting: list[object] = [error]
    for _ in range(20):
        one = waiting.pop(0) if waiting else None
        if isinstance(one, BaseException):
            yield one
            waiting += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
