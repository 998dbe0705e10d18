"""Workflows whose runs fail one after the other: nothing starts until one run has shown that it works again."""

from collections.abc import Sequence

from triggers.ports import Admission, Verdict
from workflows.definitions.flow import CircuitBreaker
from workflows.engine.flow import circuit
from workflows.engine.flow.circuit import Rule
from workflows.services.flow import circuits
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Origin, Place, Start
from workflows.services.flow.states import State


class CircuitControl(Control):
    """Lets nothing start while the circuit is open, but one run that tries, and whoever starts one by hand.

    How runs end is counted elsewhere (`circuits`). A closed breaker is not locked: whoever starts in the moment in
    which it opens started before it did.
    """

    name = circuits.CONTROL

    def among(self, starts: Sequence[Start]) -> Sequence[Start]:
        """Those whose breaker is open."""
        guarded = [start for start in starts if start.flow.circuit_breaker is not None]
        are_open = circuits.open_among({start.workflow_id for start in guarded})
        return [start for start in guarded if start.workflow_id in are_open]

    def template(self, start: Start) -> str | None:
        return ""

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        found = circuit.read(state.values)
        if not found.is_open:
            return None
        if start.origin is Origin.HAND or (start.origin is Origin.EVENT and found.may_try(start.now)):
            place.is_probe = True
            return None
        return Admission(Verdict.SUPPRESSED, code="circuit_open", reason=found.why(start.now), until=found.until)

    def take(self, start: Start, state: State) -> None:
        found, written = circuit.read(state.values), start.flow.circuit_breaker
        if found.is_open and written is not None:
            state.values = circuit.write(circuit.tried(found, _rule(written), now=start.now))
            state.touch(expires_at=None)


def _rule(written: CircuitBreaker) -> Rule:
    return Rule(written.failures, written.window_seconds, written.pause_seconds)
