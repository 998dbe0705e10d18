"""What of a run happens outside, and of which of it nobody knows whether it did."""

from actions.base import Effects
from actions.registry import action_types
from workflows.definitions.plan import Plan, Planned
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun

# How a try ends of which nobody knows what it did, where the receiver has no key to tell another one by.
_IN_DOUBT = frozenset({"outcome_unknown", "timeout", "worker_stopping", "worker_lost", "claim_lost"})


def of(planned: Planned) -> Effects:
    """The effects of an action. What is not installed here any more is taken to have some."""
    found = action_types.find(planned.part.type)
    return Effects.ONCE if found is None else found.effects_of(planned.part.params)


def of_row(plan: Plan, row: ActionRun) -> Effects:
    """The effects of a row: none of those that hold others, or that the definition does not have."""
    planned = plan.actions.get(row.key)
    if planned is None or planned.is_loop(row.iteration) or planned.body is not None:
        return Effects.NONE
    return of(planned)


def within(plan: Plan, planned: Planned) -> int:
    """How many effects an action has that has not begun, each action in it counted once: nobody knows its items."""
    if planned.body is None:
        return int(of(planned) is not Effects.NONE)
    return sum(within(plan, plan.actions[node.key]) for node in planned.body.nodes)


def is_unknown(plan: Plan, row: ActionRun) -> bool:
    """Whether nobody knows if a row that has ended did its work, and doing it again could do it twice."""
    if of_row(plan, row) is not Effects.ONCE or row.status not in {
        ActionStatus.FAILED,
        ActionStatus.CANCELLED,
        ActionStatus.NEEDS_DECISION,
    }:
        return False
    return row.status == ActionStatus.NEEDS_DECISION or (row.error or {}).get("code") in _IN_DOUBT
