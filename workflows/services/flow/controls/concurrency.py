"""How many runs of a workflow, or of a key, go on at once."""

from collections.abc import Collection
from datetime import timedelta

from triggers.ports import Admission, Verdict
from workflows.definitions.flow import OnLimit
from workflows.services.flow import counting, rules
from workflows.services.flow.control import Control
from workflows.services.flow.rules import Rule
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import State

CONTROL = "concurrency"
KEPT = timedelta(days=1)  # the row is a lock and nothing else: who comes later makes it anew


class ConcurrencyLimit(Control):
    """Lets runs wait for room in their lane, or not start.

    The row of flow control is the lock of the lane; how many go on is counted from the runs (`counting`).
    """

    name = CONTROL

    def template(self, start: Start) -> str | None:
        rule = _rule(start)
        return None if rule is None else rule.key

    def begin(self, states: Collection[State]) -> None:
        own = {
            (workflow_id, state.key.digest): state
            for state in states
            if (workflow_id := state.key.workflow_id) is not None
        }
        for lane, count in counting.of(own).items():
            own[lane].memory |= {"going": count.going, "is_waited_for": count.is_waited_for}

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        rule = _rule(start)
        if rule is None:
            return None
        going: int = state.memory["going"]
        state.memory["place"] = place
        place.lane = state.key.digest
        if going < rule.limit and not state.memory["is_waited_for"]:
            return None
        reason = rule.reason(going, key=state.key.text)
        if (start.workflow_id, place.lane) in start.awaited_by:
            reason += "; one of them waits for this run, so it would wait for ever"
            return Admission(Verdict.SUPPRESSED, code=CONTROL, reason=reason)
        if rule.on_limit is OnLimit.SKIP:
            return Admission(Verdict.SUPPRESSED, code=CONTROL, reason=reason)
        place.is_held, place.reason = True, place.reason or reason  # that of the ceiling, which was asked before
        place.is_superseding = rule.on_limit is OnLimit.CANCEL_RUNNING
        return None

    def take(self, start: Start, state: State) -> None:
        place: Place = state.memory["place"]
        if not place.is_held:
            state.memory["going"] += 1
        elif place.until is None:
            state.memory["is_waited_for"] = True
        if state.expires_at is None or state.expires_at < start.now + KEPT / 2:
            state.touch(expires_at=start.now + KEPT)


def _rule(start: Start) -> Rule | None:
    return rules.of_lane(start.published, start.flow, trigger_key=start.trigger_key)
