"""Whether a host was called too often: a sliding window over the instants of its calls, by values only."""

from dataclasses import dataclass

from core.outbound_rules import RateRule


@dataclass(frozen=True, slots=True)
class Count:
    """`wait_seconds` is None for a call that may go; `calls` are the instants (Unix seconds) to remember then."""

    calls: tuple[float, ...]
    wait_seconds: float | None = None


def admit(calls: tuple[float, ...], *, now: float, rule: RateRule) -> Count:
    """Whether one more call may go, so that no stretch of `per_seconds` holds more than `rule.calls`.

    A call leaves the window exactly `per_seconds` after it was made: then, the next one may go.
    """
    recent = tuple(sorted(at for at in calls if at > now - rule.per_seconds))
    if len(recent) < rule.calls:
        return Count((*recent, now))
    return Count(recent, wait_seconds=recent[len(recent) - rule.calls] + rule.per_seconds - now)
