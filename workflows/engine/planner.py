"""What follows from how far the actions of a run are. Pure: rows are read and written by `workflows.services`.

A workflow is a list for now, so at most one action is underway. The planner is asked after every change, may be asked
twice, and answers the same; once its decision is applied it has nothing more to say until something changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.engine.states import FINISHED_ACTION, ActionStatus, RunStatus


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """As much of an action's definition as decides about the order."""

    key: str
    allow_failure: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now.

    `start` are the keys to make claimable, `skip` those that will never start, and `run_status` the run's end, when
    this is it.
    """

    start: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    run_status: RunStatus | None = None


def decide(actions: Sequence[PlannedAction], states: Mapping[str, ActionStatus]) -> Decision:
    """What follows, given the state of every action (by key).

    1. An action failed and may not: nothing more starts, the pending ones are skipped, the run failed.
    2. All actions have finished: the run completed.
    3. The first unfinished one is pending: it starts.
    4. It is underway: nothing.
    """
    pending = tuple(action.key for action in actions if states[action.key] is ActionStatus.PENDING)
    if any(states[action.key] is ActionStatus.FAILED and not action.allow_failure for action in actions):
        return Decision(skip=pending, run_status=RunStatus.FAILED)  # 1
    unfinished = [action.key for action in actions if states[action.key] not in FINISHED_ACTION]
    if not unfinished:
        return Decision(run_status=RunStatus.COMPLETED)  # 2
    if states[unfinished[0]] is ActionStatus.PENDING:
        return Decision(start=(unfinished[0],))  # 3
    return Decision()  # 4
