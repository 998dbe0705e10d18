"""After a start nothing starts for a while."""

from datetime import datetime, timedelta

from triggers.ports import Admission, Verdict
from workflows.services.flow import wording
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Origin, Place, Start
from workflows.services.flow.states import State


class Cooldown(Control):
    """`cooldown_seconds` after a start under the same `cooldown_key`, events start nothing.

    It counts from the start, whatever becomes of the run. **Shape** of its state: {"at": when, in ISO 8601}.
    """

    name = "cooldown"
    origins = frozenset({Origin.EVENT})

    def template(self, start: Start) -> str | None:
        return start.flow.cooldown_key if start.flow.cooldown_seconds else None

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        if not (at := state.values.get("at")):
            return None
        until = datetime.fromisoformat(at) + timedelta(seconds=start.flow.cooldown_seconds)
        if until <= start.now:
            return None
        reason = f"cooldown until {wording.instant(until, now=start.now)}{wording.for_key(state.key.text)}"
        return Admission(Verdict.SUPPRESSED, code="cooldown", reason=reason, until=until)

    def take(self, start: Start, state: State) -> None:
        state.values = {"at": start.now.isoformat()}
        state.touch(expires_at=start.now + timedelta(seconds=start.flow.cooldown_seconds))
