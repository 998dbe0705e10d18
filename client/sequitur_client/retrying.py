"""Whether a call is sent again, and after how long. Decides only; nothing here waits.

1. Refused with 429 `rate_limited`: nothing was done, so any call may be sent again, when `Retry-After` says.
2. 502, 503, 504, a cut connection or a timeout: nobody knows what was done, so only a GET or a call with an
   `Idempotency-Key` is sent again.
3. 409 `in_progress`: the first try of a call with a key is not answered yet, so its answer is asked for again.
4. No connection came about: nothing was sent, so any call may be.

The pause doubles from `first_pause_seconds`, with jitter over its half, so that callers who failed together do not come
back together. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random
from dataclasses import dataclass

import httpx

from sequitur_client.calls import Call
from sequitur_client.errors import ApiError

UNKNOWN_OUTCOMES = frozenset({502, 503, 504})
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how fast. `most`: tries after the first. A longer `Retry-After` than `longest_wait_seconds` is
    the caller's to wait for: the error is raised."""

    most: int = 3
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 8.0
    longest_wait_seconds: float = 60.0


def pause_seconds(
    call: Call[object], error: ApiError | httpx.RequestError, *, tries: int, retries: Retries
) -> float | None:
    """How long to wait before the call is sent again; None when it is not. `tries`: how many there were."""
    if tries > retries.most or not _may_again(call, error):
        return None
    asked = error.retry_after_seconds if isinstance(error, ApiError) else None
    if asked is not None:
        return asked if asked <= retries.longest_wait_seconds else None
    pause = min(retries.first_pause_seconds * 2 ** (tries - 1), retries.longest_pause_seconds)
    return random.uniform(pause / 2, pause)  # noqa: S311  not a secret


def _may_again(call: Call[object], error: ApiError | httpx.RequestError) -> bool:
    is_safe = call.method == "GET" or call.is_keyed
    if isinstance(error, ApiError):
        if error.code == "rate_limited" or (error.status == 429 and error.retry_after_seconds is not None):
            return True
        return is_safe and (error.status in UNKNOWN_OUTCOMES or error.code == "in_progress")
    return is_safe or isinstance(error, NOTHING_SENT)
