"""So many starts in any stretch of so many seconds: what is over that is dropped."""

from triggers.ports import Admission, Verdict
from workflows.definitions.flow import Rate
from workflows.engine.flow import window
from workflows.services.flow import wording
from workflows.services.flow.control import Control
from workflows.services.flow.effective import Bounded
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import State


class RateLimit(Control):
    """The workflow's own `rate_limit`. It holds for every start, whoever wants it.

    **Shape** of its state: {"log": what `workflows.engine.flow.window` keeps}.
    """

    name = "rate_limit"
    whose = ""

    def rate(self, start: Start) -> Rate | None:
        """The rate that holds for the start; None: any."""
        return start.flow.rate_limit

    def template(self, start: Start) -> str | None:
        rate = self.rate(start)
        return None if rate is None else rate.key

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        rate, log = self.rate(start), state.values.get("log", [])
        if rate is None or window.is_free(log, now=start.now, limit=rate.limit, per_seconds=rate.per_seconds):
            return None
        until = window.earliest(log, now=start.now, limit=rate.limit, per_seconds=rate.per_seconds)
        reason = (
            f"rate limit {rate.limit:,}/{wording.number(rate.per_seconds)}s{self.whose}"
            f"{wording.for_key(state.key.text)}: the next may start at {wording.instant(until, now=start.now)}"
        )
        return Admission(Verdict.SUPPRESSED, code="rate_limit", reason=reason, until=until)

    def take(self, start: Start, state: State) -> None:
        rate, log = self.rate(start), state.values.get("log", [])
        if rate is not None:
            log = window.added(log, start.now, limit=rate.limit, per_seconds=rate.per_seconds)
            state.values = {"log": log}
            state.touch(expires_at=window.over_at(log, per_seconds=rate.per_seconds))


class RateCeiling(RateLimit):
    """The workspace's ceiling of all starts of one workflow, whatever rate it has itself."""

    name = "rate_ceiling"
    whose = " of the workspace for each workflow"

    def rate(self, start: Start) -> Rate | None:
        return start.flow.rate_ceiling if isinstance(start.flow, Bounded) else None
