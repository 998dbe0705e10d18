"""So many runs of a workspace on one day."""

from core import limits, quotas
from triggers.ports import Admission, Verdict
from workflows.services.flow import wording
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import Key, State


class Quota(Control):
    """`max_runs_per_day` of the workspace's limits: of days in UTC, counted from when it is written.

    All workflows of the workspace wait for one row; without the limit there is none. **Shape** of its state: {"runs"}.
    """

    name = "quota"

    def template(self, start: Start) -> str | None:
        if not start.limits or limits.of(start.limits).max_runs_per_day is None:
            return None
        return quotas.day(start.now).isoformat()

    def key(self, start: Start, text: str) -> Key:
        return Key(None, self.name, text)

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        limit = limits.of(start.limits).max_runs_per_day
        if limit is None or state.values.get("runs", 0) < limit:
            return None
        until = quotas.resets_at(start.now)
        reason = f"quota: {limit:,} runs a day; the next may start at {wording.instant(until, now=start.now)}"
        return Admission(Verdict.SUPPRESSED, code="quota", reason=reason, until=until)

    def take(self, start: Start, state: State) -> None:
        state.values = {"runs": state.values.get("runs", 0) + 1}
        state.touch(expires_at=quotas.resets_at(start.now))
