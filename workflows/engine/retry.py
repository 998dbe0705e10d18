"""Whether a failed try is followed by another, and when. The policy is data, the decision a value."""

from dataclasses import dataclass
from enum import StrEnum


class Backoff(StrEnum):
    """How the wait grows from one try to the next."""

    FIXED = "fixed"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`max_attempts` counts all tries, the first included. The defaults stand in `definitions.document`."""

    max_attempts: int
    backoff: Backoff
    initial_seconds: float
    max_seconds: float
    jitter: bool
    codes: tuple[str, ...] = ()  # of the errors that are tried again; none: all that may pass


def delay_seconds(
    policy: RetryPolicy,
    *,
    attempt: int,
    code: str,
    is_retryable: bool,
    retry_after_seconds: float | None,
    random: float,
) -> float | None:
    """How long to wait after try number `attempt` (1 is the first) failed with `code`; None when it was the last.

    What the receiver asks for (Retry-After) is a lower bound, and is not cut by `max_seconds`. `random` is in [0, 1):
    with jitter the wait lies between half and the whole of what the back-off says.
    Source: "equal jitter" of M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
    """
    if not is_retryable or attempt >= policy.max_attempts or (policy.codes and code not in policy.codes):
        return None
    match policy.backoff:
        case Backoff.FIXED:
            wait = policy.initial_seconds
        case Backoff.LINEAR:
            wait = policy.initial_seconds * attempt
        case Backoff.EXPONENTIAL:
            wait = policy.initial_seconds * 2 ** min(attempt - 1, 64)
    wait = min(wait, policy.max_seconds)
    if policy.jitter:
        wait *= 0.5 + random / 2
    return max(wait, retry_after_seconds or 0)
