"""A circuit breaker: so many failures in a while open it, one run tries whether it works again. Pure.

Source: M. Nygard, "Release It!" (2007), "Circuit Breaker": closed, open, half-open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

LEASE_SECONDS = 600.0  # of a probe, where the pause does not say: after it another one may try
MIN_LEASE_SECONDS = 60.0
MAX_DOUBLINGS = 4  # a pause grows to at most 16 times its length


class CircuitState(StrEnum):
    """Closed lets all runs start, open none; half-open one, to try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Rule:
    """What opens it, and for how long: `pause_seconds` None is until somebody resumes."""

    failures: int
    window_seconds: float
    pause_seconds: float | None


@dataclass(frozen=True, slots=True)
class Circuit:
    """`failures` are the instants that count. `opened_at` is set while it is not closed.

    `until`: when it is to be tried. `probe_until`: a run tries it, and nobody else does until then. `trials`: how many
    in a row failed. `closed_at`: when it was closed last; runs from before that count no more.
    """

    failures: tuple[datetime, ...] = ()
    opened_at: datetime | None = None
    until: datetime | None = None
    probe_until: datetime | None = None
    closed_at: datetime | None = None
    trials: int = 0
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Open or half-open."""
        return self.opened_at is not None

    def state(self, now: datetime) -> CircuitState:
        """What it is called now."""
        if self.opened_at is None:
            return CircuitState.CLOSED
        is_due = self.until is not None and now >= self.until
        return CircuitState.HALF_OPEN if is_due or self._is_tried(now) else CircuitState.OPEN

    def may_try(self, now: datetime) -> bool:
        """Whether a run is to try it: it is time, and none does."""
        return self.until is not None and now >= self.until and not self._is_tried(now)

    def _is_tried(self, now: datetime) -> bool:
        return self.probe_until is not None and now < self.probe_until

    def why(self, now: datetime) -> str:
        """Why nothing starts, and until when."""
        if self.may_try(now) or self._is_tried(now):
            return f"circuit breaker: {self.reason}; a run is to try whether it works again"
        until = "" if self.until is None else f" until {_clock(self.until, now)}, or"
        return f"circuit breaker: {self.reason}; open{until} until it is resumed"


def _clock(at: datetime, now: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at:%H:%M:%SZ}" if at.date() == now.astimezone(UTC).date() else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def tried(circuit: Circuit, rule: Rule, *, now: datetime) -> Circuit:
    """A run was let through to try it. It has as long as a pause; after that, another may."""
    lease = max(MIN_LEASE_SECONDS, rule.pause_seconds or LEASE_SECONDS)
    return replace(circuit, probe_until=now + timedelta(seconds=lease))


def failed(
    circuit: Circuit,
    rule: Rule,
    *,
    at: datetime,
    started_at: datetime,
    is_probe: bool = False,
    is_by_hand: bool = False,
) -> Circuit:
    """A run failed.

    1. One that was made before it was closed the last time says nothing of what is there now. 2. While it is open, only
    runs that try it count: it opens again, after a try of its own for twice as long. 3. Closed, it opens with as many
    failures as the rule says, the oldest of them less than the window before the last.
    """
    if circuit.closed_at is not None and started_at < circuit.closed_at:
        return circuit  # 1
    if circuit.opened_at is not None:
        if not is_probe or started_at < circuit.opened_at:
            return circuit  # 2
        trials = circuit.trials + (not is_by_hand)
        until = _until(rule, at, trials=trials)
        base = circuit.reason.removesuffix(_AGAIN)
        return replace(circuit, until=until, probe_until=None, trials=trials, reason=base + _AGAIN)
    failures = sorted([*circuit.failures, at])[-rule.failures :]
    within = tuple(each for each in failures if failures[-1] - each < timedelta(seconds=rule.window_seconds))
    if len(within) < rule.failures:
        return replace(circuit, failures=within)
    reason = f"{len(within)} failures in {rule.window_seconds:g} s"
    return Circuit(failures=within, opened_at=at, until=_until(rule, at, trials=0), reason=reason)  # 3


_AGAIN = ", and the run that tried it failed"


def _until(rule: Rule, at: datetime, *, trials: int) -> datetime | None:
    if rule.pause_seconds is None:
        return None
    return at + timedelta(seconds=rule.pause_seconds * 2 ** min(trials, MAX_DOUBLINGS))


def passed(circuit: Circuit, *, at: datetime, started_at: datetime) -> Circuit:
    """A run that tried it completed: it closes, unless it opened only after that run had started."""
    if circuit.opened_at is None or started_at < circuit.opened_at:
        return circuit
    return closed(at)


def gave_up(circuit: Circuit) -> Circuit:
    """The run that tried it was cancelled: another may."""
    return replace(circuit, probe_until=None)


def closed(now: datetime) -> Circuit:
    """It lets all runs start, and counts anew."""
    return Circuit(closed_at=now)


def write(circuit: Circuit) -> dict[str, Any]:
    """As JSON, without what is empty."""
    found: dict[str, Any] = {}
    for field in fields(circuit):
        value = getattr(circuit, field.name)
        if field.name == "failures":
            value = [each.isoformat() for each in value]
        elif isinstance(value, datetime):
            value = value.isoformat()
        if value:
            found[field.name] = value
    return found


def read(values: Mapping[str, Any]) -> Circuit:
    """What was written."""
    instants = ("opened_at", "until", "probe_until", "closed_at")
    return Circuit(
        failures=tuple(datetime.fromisoformat(each) for each in values.get("failures", ())),
        trials=values.get("trials", 0),
        reason=values.get("reason", ""),
        **{name: datetime.fromisoformat(values[name]) for name in instants if values.get(name)},
    )
