"""Whether a host is called at all: decided from what is remembered of it, by values only. Storing is elsewhere.

A circuit is closed while the host is well. So many failures within a window, with no success between them, open it:
calls are refused at once, until one of them may probe. A probe that succeeds closes it, one that fails opens it again.
Source: Nygard, Release It!, "Circuit Breaker"; the split of deciding and storing is saleor's.
"""

from dataclasses import dataclass, replace

from core.outbound_rules import CircuitRule

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is remembered. Instants are Unix seconds. `probe_at` is None while it is closed.

    While a probe is under way, `probe_at` is when it is given up and another one may go: its worker may have died.
    """

    failures: tuple[float, ...] = ()
    probe_at: float | None = None
    is_probing: bool = False

    @property
    def state(self) -> str:
        """closed, open or half_open."""
        if self.probe_at is None:
            return CLOSED
        return HALF_OPEN if self.is_probing else OPEN


@dataclass(frozen=True, slots=True)
class Admission:
    """`wait_seconds` is None for a call that may go; `circuit` is what is to be remembered then."""

    circuit: Circuit
    wait_seconds: float | None = None


def admit(circuit: Circuit, *, now: float, rule: CircuitRule) -> Admission:
    """Whether a call may go. 1. Closed: yes. 2. Open, or a probe is under way: no. 3. Else as the probe."""
    if circuit.probe_at is None:
        return Admission(circuit)
    if now < circuit.probe_at:
        return Admission(circuit, wait_seconds=circuit.probe_at - now)
    return Admission(replace(circuit, probe_at=now + rule.open_seconds, is_probing=True))


def failed(circuit: Circuit, *, now: float, rule: CircuitRule) -> Circuit:
    """After a call that failed. One that was sent before the circuit opened says nothing new."""
    if circuit.is_probing:
        return replace(circuit, probe_at=now + rule.open_seconds, is_probing=False)
    if circuit.probe_at is not None:
        return circuit
    recent = tuple(at for at in circuit.failures if at > now - rule.window_seconds)[-rule.failures :]
    failures = (*recent, now)
    is_enough = len(failures) >= rule.failures
    return Circuit(failures[-rule.failures :], probe_at=now + rule.open_seconds if is_enough else None)


def succeeded(circuit: Circuit) -> Circuit:
    """After a call that was answered, whichever it was: the host is well, and all is forgotten."""
    return Circuit()
