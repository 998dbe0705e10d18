"""What an error wraps, and what that tells about a request: whether anything of it can have left."""

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

_LOOKED_AT = 20


def of(error: BaseException) -> list[BaseException]:
    """The error and what led to it: libraries hide the cause in `__cause__`, `__context__`, `reason` or `args`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < _LOOKED_AT:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
    return found


def was_not_connected(error: BaseException) -> bool:
    """Whether there was no connection at all, so that nothing can have been sent."""
    return any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in of(error))
