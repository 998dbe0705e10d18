"""Flow control over events that came, by their own time: the controls that a gate asks, over states in memory.

Simulated is what is a function of keys and times: `debounce`, `dedupe`, `cooldown`, `rate_limit` and the workspace's
ceiling of it. What depends on runs, or on other workflows, is not, and `left_out` says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any
from uuid import UUID

from core import limits
from core.expressions.templates import TemplateError
from triggers.ports import Admission, Verdict
from workflows.definitions.flow import Flow
from workflows.engine.flow import gathering as rules
from workflows.services.flow import gate
from workflows.services.flow.control import Control
from workflows.services.flow.controls.cooldown import Cooldown
from workflows.services.flow.controls.dedupe import Dedupe
from workflows.services.flow.controls.rates import RateCeiling, RateLimit
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import Key, State

Settle = Callable[[Start, Admission], None]


class _Dedupe(Dedupe):
    """As if no run had failed: what really ran may have been another definition."""

    def has_failed(self, workflow_id: UUID, event_id: UUID) -> bool:
        return False


_CONTROLS: tuple[Control, ...] = (_Dedupe(), Cooldown(), RateLimit(), RateCeiling())  # in the gate's order


def left_out(flow: Flow, written: Mapping[str, Any]) -> list[str]:
    """The controls of a definition that are not simulated, in a workspace with these limits: it may start less."""
    names = [name for name in ("batch", "concurrency", "throttle", "circuit_breaker") if getattr(flow, name)]
    if flow.batch:  # what comes after it counts batches
        rest = (("debounce", flow.debounce_seconds), ("dedupe", flow.dedupe), ("cooldown", flow.cooldown_seconds))
        names += [name for name, value in (*rest, ("rate_limit", flow.rate_limit)) if value]
    return [*names, *(["quota"] if written and limits.of(written).max_runs_per_day is not None else [])]


@dataclass(slots=True)
class _Waiting:
    """A debounce: what starts when it is over, unless another comes."""

    start: Start
    due_at: datetime
    latest_at: datetime | None


class Simulation:
    """Asks about starts in the order of their time, and settles each once: at once, or when its debounce is over."""

    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self._states: dict[Key, State] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._ends: list[tuple[datetime, str]] = []  # a heap

    def ask(self, start: Start) -> None:
        """Ask about a start. Those whose debounce is over by its time are settled before."""
        self.until(start.now)
        try:
            if start.flow.batch:
                self._settle(start, Admission())
            elif start.flow.debounce_seconds:
                self._debounce(start)
            else:
                self._settle(start, self._admission(start))
        except TemplateError as error:
            reason = f"a key of flow control: {error.detail}"
            self._settle(start, Admission(Verdict.FAILED, code="key", reason=reason))

    def until(self, now: datetime) -> None:
        """Settle what is over by then, in the order in which it was over."""
        while self._ends and rules.is_over(self._ends[0][0], now=now):
            due_at, key = heappop(self._ends)
            if key in self._waiting and self._waiting[key].due_at == due_at:  # else another came, and it ends later
                start = self._waiting.pop(key).start
                self._settle(start, self._admission(replace(start, now=due_at, is_gathered=True)))

    def end(self) -> None:
        """What still waits at the end of the events waits on."""
        for row in self._waiting.values():
            until = f"debounce until {row.due_at.isoformat()}"
            self._settle(row.start, Admission(Verdict.PENDING, code="debounce", reason=until, until=row.due_at))
        self._waiting.clear()

    def _debounce(self, start: Start) -> None:
        key, flow = gate.key_text(start, start.flow.debounce_key), start.flow
        before = self._waiting.pop(key, None)
        latest_at = before.latest_at if before else None
        if before is None and flow.debounce_max_seconds is not None:
            latest_at = start.now + timedelta(seconds=flow.debounce_max_seconds)
        due_at = rules.debounced_until(now=start.now, seconds=flow.debounce_seconds, latest_at=latest_at)
        self._waiting[key] = _Waiting(start, due_at, latest_at)
        heappush(self._ends, (due_at, key))
        if before is not None:
            reason = f"debounced: event {start.event.event_id} came before it was over"
            self._settle(before.start, Admission(Verdict.SUPPRESSED, code="debounced", reason=reason))

    def _admission(self, start: Start) -> Admission:
        asked = []
        for control in _CONTROLS:
            if (written := control.template(start)) is not None:
                key = control.key(start, gate.key_text(start, written))
                asked.append((control, self._states.setdefault(key, State(key))))
        place = Place()
        for control, state in asked:
            if (refusal := control.look(start, state, place)) is not None:
                return refusal
        for control, state in asked:
            control.take(start, state)
        return Admission(ticket=place)
