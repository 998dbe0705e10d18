"""What a repair would do to the world outside, told before anything is done.

It is told of actions, not of calls: one with effects counts once, however often it is tried, and one in a loop that has
not begun counts once for all its items, which nobody knows yet (`is_estimate`). What may still be skipped, by a
condition for example, is counted too: these are the most that may happen.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from actions.base import Effects
from core.errors import NotFoundError
from workflows.definitions.plan import Plan
from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN, ActionStatus
from workflows.models import ActionRun, Run
from workflows.selectors import waiting
from workflows.services import versions
from workflows.services.repair import effects, reopening, rerunning, retrying, skipping
from workflows.services.repair.reopening import Reopening, StillFailingError
from workflows.services.repair.rerunning import Version

Operation = Literal["cancel", "retry", "skip", "replay"]
Fate = Literal["executed", "skipped", "needs_decision"]


@dataclass(frozen=True, slots=True)
class Touched:
    """An action with effects: `effects` of them, and what becomes of them."""

    key: str
    iteration: str
    type: str
    fate: Fate
    effects: int = 1


@dataclass(frozen=True, slots=True)
class Preview:
    """Numbers of effects: that would be done, that are done already and stay, and of which nobody knows.

    A retry asks a person about the last ones; a replay does them, perhaps once more.
    """

    actions: tuple[Touched, ...] = ()
    is_estimate: bool = False

    @property
    def executed(self) -> int:
        return self._number("executed")

    @property
    def skipped(self) -> int:
        return self._number("skipped")

    @property
    def needs_decision(self) -> int:
        return self._number("needs_decision")

    def __add__(self, other: "Preview") -> "Preview":
        return Preview((*self.actions, *other.actions), self.is_estimate or other.is_estimate)

    def _number(self, fate: Fate) -> int:
        return sum(each.effects for each in self.actions if each.fate == fate)


def preview(
    run: Run,
    operation: Operation,
    *,
    action_run_ids: Collection[UUID] | None = None,
    action_run_id: UUID | None = None,
    from_action: str | None = None,
    version: Version = "original",
) -> Preview:
    """What the operation would do to a run of the workspace in scope. Changes nothing, and locks nothing.

    `action_run_ids` are for a retry, `action_run_id` is for skipping, the other two are for a replay.
    Raises what the operation itself would raise; only flow control is not asked.
    """
    match operation:
        case "retry":
            return _of_retry(run, action_run_ids)
        case "skip":
            return _of_skip(run, action_run_id)
        case "replay":
            return _of_replay(run, from_action, version)
        case "cancel":
            return _of_cancel(run)


@dataclass
class _Counting:
    """Counts rows and actions of one plan."""

    plan: Plan
    found: list[Touched] = field(default_factory=list)
    is_estimate: bool = False

    def rows(self, rows: Iterable[ActionRun], fate: Fate) -> None:
        """Rows: each is done once, or has begun no loop yet."""
        for row in rows:
            planned = self.plan.actions.get(row.key)
            if planned is None:
                continue
            if planned.body is not None or planned.is_loop(row.iteration):
                self.action(row.key, row.iteration, fate)
            elif effects.of_row(self.plan, row) is not Effects.NONE:
                self.found.append(Touched(row.key, row.iteration, row.type, fate))

    def confirmed(self, rows: Iterable[ActionRun]) -> None:
        """Rows that have completed; those that hold others did nothing themselves."""
        for row in rows:
            if row.status == ActionStatus.COMPLETED and effects.of_row(self.plan, row) is not Effects.NONE:
                self.found.append(Touched(row.key, row.iteration, row.type, "skipped"))

    def action(self, key: str, iteration: str, fate: Fate) -> None:
        """An action that has not begun, with all that it holds."""
        planned = self.plan.actions[key]
        number = effects.within(self.plan, planned)
        if number:
            inner = [self.plan.actions[name] for name in _all_in(self.plan, key) if name != key]
            self.is_estimate |= planned.is_loop(iteration) or any(each.part.for_each for each in inner)
            self.found.append(Touched(key, iteration, planned.part.type, fate, number))

    @property
    def result(self) -> Preview:
        return Preview(tuple(self.found), self.is_estimate)


def _of_retry(run: Run, action_run_ids: Collection[UUID] | None) -> Preview:
    if run.status in FINISHED_RUN:
        return _of_reopening(retrying.plan(run, find=reopening.read, action_run_ids=action_run_ids))
    rows = [row for row in reopening.rows_of(run) if action_run_ids is None or row.pk in action_run_ids]
    counting = _Counting(versions.load(run.version_id).plan)
    counting.rows([row for row in rows if waiting.kind_of(row) == "retry"], "executed")
    return counting.result


def _of_reopening(found: Reopening) -> Preview:
    counting = _Counting(found.plan)
    counting.rows([*found.again, *found.pending], "executed")
    counting.rows(found.ask, "needs_decision")
    counting.confirmed(found.rows)
    return sum((_of_reopening(child) for _, child in found.children), counting.result)


def _of_skip(run: Run, action_run_id: UUID | None) -> Preview:
    row = ActionRun.objects.filter(run=run, pk=action_run_id).first() if action_run_id else None
    if row is None:
        raise NotFoundError(f"The run has no action {action_run_id}.")
    skipping.refuse(run, row)
    if run.status not in FINISHED_RUN:
        return Preview()
    try:
        return _of_reopening(reopening.of_run(run, find=reopening.read, left_out=row.pk))
    except StillFailingError:
        return Preview()


def _of_replay(run: Run, from_action: str | None, version: Version) -> Preview:
    found, _ = rerunning.plan(run, from_action=from_action, version=version)
    counting = _Counting(found.plan)
    counting.confirmed(row for top in found.taken for row in (top, *found.below(top)))
    doubtful = {row.key for row in found.rows if effects.is_unknown(versions.load(run.version_id).plan, row)}
    for key in found.executed:
        counting.action(key, "", "executed" if doubtful.isdisjoint(_all_in(found.plan, key)) else "needs_decision")
    return counting.result


def _all_in(plan: Plan, key: str) -> list[str]:
    """The action, and those that it holds."""
    body = plan.actions[key].body
    return [key] if body is None else [key, *(name for node in body.nodes for name in _all_in(plan, node.key))]


def _of_cancel(run: Run) -> Preview:
    """Nothing is done; what runs at the moment may be left unknown."""
    counting = _Counting(versions.load(run.version_id).plan)
    rows = [row for row in reopening.rows_of(run) if row.status not in FINISHED_ACTION]
    running = [row for row in rows if row.status == ActionStatus.RUNNING]
    counting.rows([row for row in running if effects.of_row(counting.plan, row) is Effects.ONCE], "needs_decision")
    return counting.result
