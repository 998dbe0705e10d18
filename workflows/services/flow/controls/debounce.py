"""Many events one after the other, of which only the last is worth a run."""

from datetime import timedelta

from triggers.ports import Admission
from workflows.engine.flow import gathering as rules
from workflows.services.flow import gathering
from workflows.services.flow.gathering import Gatherer
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import State


class Debounce(Gatherer):
    """Starts when nothing came for `debounce_seconds`, with the last event; at the latest `debounce_max_seconds` after
    the first."""

    name = "debounce"

    def template(self, start: Start) -> str | None:
        return start.flow.debounce_key if start.flow.debounce_seconds and not start.is_gathered else None

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        row, flow = self.taking(start, state), start.flow
        if row.count == 0 and flow.debounce_max_seconds is not None:
            row.latest_at = start.now + timedelta(seconds=flow.debounce_max_seconds)
        row.due_at = rules.debounced_until(now=start.now, seconds=flow.debounce_seconds, latest_at=row.latest_at)
        self.add(row, start, state)
        return gathering.pending(row, reason=gathering.said(row))
