"""How many runs of a workflow go on at once, in all its lanes together: the workspace's ceiling."""

from collections.abc import Collection

from django.utils import timezone

from triggers.ports import Admission, Verdict
from workflows.definitions.flow import OnLimit
from workflows.models import FlowState
from workflows.services.flow import counting, rules
from workflows.services.flow.control import Control
from workflows.services.flow.controls import concurrency
from workflows.services.flow.rules import Rule
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import Key, State

CONTROL = "concurrency_ceiling"
DIGEST = Key(None, CONTROL, "").digest  # one for each workflow: it has no key


class ConcurrencyCeiling(Control):
    """Lets runs wait in their lane until fewer runs of the workflow go on, or not start.

    The row of flow control is the lock of the workflow, taken with that of the lane. **Shape** of its state:
    {"is_waited_for": whether a run waits for it}, by which nobody overtakes who waits. Those that wait for their own
    lane alone do not count there, so that a key that is full keeps no other key from starting.
    """

    name = CONTROL

    def template(self, start: Start) -> str | None:
        rule = _rule(start)
        return None if rule is None or rule.ceiling is None else ""

    def begin(self, states: Collection[State]) -> None:
        going = counting.going([state.key.workflow_id for state in states if state.key.workflow_id is not None])
        for state in states:
            state.memory["going"] = going.get(state.key.workflow_id, 0) if state.key.workflow_id else 0

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        rule, going = _rule(start), state.memory["going"]
        state.memory |= {"place": place, "is_held": False}
        if rule is None or (rule.has_room_below(going) and not state.values.get("is_waited_for")):
            return None
        reason = rule.reason_of_ceiling(going)
        if any(workflow_id == start.workflow_id for workflow_id, _ in start.awaited_by):
            reason += "; one of its runs waits for this one, so it might wait for ever"
            return Admission(Verdict.SUPPRESSED, code=concurrency.CONTROL, reason=reason)
        if rule.on_limit is OnLimit.SKIP:
            return Admission(Verdict.SUPPRESSED, code=concurrency.CONTROL, reason=reason)
        place.is_held, place.reason = True, reason
        state.memory["is_held"] = True
        return None

    def take(self, start: Start, state: State) -> None:
        if not state.memory["place"].is_held:
            state.memory["going"] += 1
        is_waited_for = bool(state.values.get("is_waited_for"))
        if state.memory["is_held"] and not is_waited_for:
            state.values = {"is_waited_for": True}
            state.touch(expires_at=start.now + concurrency.KEPT)
        elif state.expires_at is None or state.expires_at < start.now + concurrency.KEPT / 2:
            state.touch(expires_at=start.now + concurrency.KEPT)


def keeps_out(rule: Rule, row: FlowState, *, is_new: bool) -> str:
    """Why the ceiling lets no other run of the workflow go on, whose row is locked; empty when it does.

    `is_new`: it has not waited for room yet, so those that do come first.
    """
    going = counting.going([row.workflow_id]).get(row.workflow_id, 0) if row.workflow_id else 0
    is_open = rule.has_room_below(going) and not (is_new and row.state.get("is_waited_for"))
    return "" if is_open else rule.reason_of_ceiling(going)


def write(row: FlowState, *, is_waited_for: bool) -> None:
    """Write down whether somebody waits for the ceiling; the row is locked."""
    if bool(row.state.get("is_waited_for")) != is_waited_for:
        row.state = {"is_waited_for": True} if is_waited_for else {}
        row.expires_at = timezone.now() + concurrency.KEPT
        row.save(update_fields=["state", "expires_at"])


def _rule(start: Start) -> Rule | None:
    return rules.of_lane(start.published, start.flow, trigger_key=start.trigger_key)
