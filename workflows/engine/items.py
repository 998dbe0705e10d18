"""What follows from how far the items of a loop are, while nobody ends it from outside. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from workflows.engine.states import FINISHED_ACTION, ActionStatus


class OnItemFailure(StrEnum):
    """What a failed item means for the loop."""

    STOP = "stop"  # no other item starts, and the loop fails
    CONTINUE = "continue"  # the other items are done, and the loop completes
    COLLECT = "collect"  # the other items are done, and then the loop fails


@dataclass(frozen=True, slots=True)
class ItemsDecision:
    """What to do now: start so many of the pending items, or skip them all; `end` is how the loop ended, if it has."""

    start: int = 0
    skip: bool = False
    end: ActionStatus | None = None


def decide(counts: Mapping[ActionStatus, int], *, max_parallel: int, on_failure: OnItemFailure) -> ItemsDecision:
    """What follows, given how many items are in which state.

    1. Stopped by a failure: pending items are skipped, and those underway are waited for.
    2. Fewer than `max_parallel` are underway: as many pending ones start.
    3. None is left: the loop has ended.
    """
    failed, pending = counts.get(ActionStatus.FAILED, 0), counts.get(ActionStatus.PENDING, 0)
    is_stopped = failed > 0 and on_failure is OnItemFailure.STOP
    underway = sum(
        number for status, number in counts.items() if status not in FINISHED_ACTION and status != ActionStatus.PENDING
    )
    if underway or (pending and not is_stopped):
        if is_stopped:
            return ItemsDecision(skip=pending > 0)  # 1
        return ItemsDecision(start=max(0, min(pending, max_parallel - underway)))  # 2
    is_failed = failed > 0 and on_failure is not OnItemFailure.CONTINUE
    return ItemsDecision(skip=pending > 0, end=ActionStatus.FAILED if is_failed else ActionStatus.COMPLETED)  # 3
