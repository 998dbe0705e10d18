"""What has to change in a run that has ended for it to go on: found here, and written down by `reopen`.

Constraints, and the design that follows:

1. Nothing is done twice: what completed stays as it is, and what is tried again keeps its row, so its idempotency key.
2. The planner decides what follows, as always. So nothing is queued here: rows become pending, containers wait again,
   and the planner is asked. What it had written off because of the failure is pending too; if that was right all the
   same, the planner writes it off once more.
3. It would end the run at once if a failure were left that nobody handles. So such a plan is refused.
4. What may have been done, and has no key by which its receiver could tell, is not done again: a person is asked.
5. A run that another one waited for goes on with it, under its own keys. It has ended, so nobody else changes it; the
   rows of runs are locked from above, before those of actions.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from actions.registry import action_types
from core.errors import ConflictError
from workflows.definitions.plan import UNDO, Plan, Planned
from workflows.engine import planner
from workflows.engine.items import OnItemFailure
from workflows.engine.planner import State
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import containers, hinting, versions
from workflows.services.advancing import Advance
from workflows.services.flow import reentering
from workflows.services.notifications import telling
from workflows.services.repair import effects, interrupting

Json = dict[str, Any]
Find = Callable[[UUID], Run]


class StillFailingError(ConflictError):
    """Something else failed in the run, too."""


@dataclass
class Reopening:
    """What would change. `again` is tried again; `ask` are those of which nobody knows whether they were done;
    `pending` was cancelled or written off because of the failure; `opened` are containers; `children` are runs that
    actions wait for once more.
    """

    run: Run
    rows: list[ActionRun]
    again: list[ActionRun] = field(default_factory=list)
    ask: list[ActionRun] = field(default_factory=list)
    pending: list[ActionRun] = field(default_factory=list)
    opened: list[ActionRun] = field(default_factory=list)
    children: list[tuple[ActionRun, "Reopening"]] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return versions.load(self.run.version_id).plan

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing that could go on."""
        was_cancelled = any(row.status == ActionStatus.CANCELLED for row in self.pending)
        return not (self.again or self.ask or self.children or was_cancelled)


def of_run(run: Run, *, find: Find, targets: Collection[UUID] | None = None, left_out: UUID | None = None) -> Reopening:
    """What changes when these failed actions (None: all whose error failed the run) are tried again, or one of them is
    left out. `find` reads a run by its id, and locks it if it is to be changed.

    Raises `ConflictError` when the run cannot go on, and `StillFailingError` when it would fail at once.
    """
    if run.status not in {RunStatus.FAILED, RunStatus.CANCELLED}:
        raise ConflictError(
            f"The run is {run.status.replace('_', ' ')}; only one that failed or was cancelled goes on."
        )
    found = _Finder(run, find=find, targets=targets, left_out=left_out)
    found.refuse_what_cannot_be_taken_back()
    found.visit(None, is_whole=targets is None and left_out is None)
    return found.result


def rows_of(run: Run) -> QuerySet[ActionRun]:
    """The rows of a run, as far as it takes to decide about them. Those that were left out, or skipped by their own
    `if`, have an output."""
    return ActionRun.objects.filter(run=run).defer("item").order_by("position", "iteration")


class _Finder:
    def __init__(self, run: Run, *, find: Find, targets: Collection[UUID] | None, left_out: UUID | None) -> None:
        self.result = Reopening(run, list(rows_of(run)))
        self.plan, self.find, self.targets, self.left_out = self.result.plan, find, set(targets or ()), left_out
        self.by_parent: dict[UUID | None, list[ActionRun]] = defaultdict(list)
        for row in self.result.rows:
            if not row.key.endswith(UNDO):
                self.by_parent[row.parent_id].append(row)
        self.by_id = {row.pk: row for row in self.result.rows}
        self.around = {pk for each in self._named() for pk in self._above(each)}
        self.children = {child.parent_id: child for child in Run.objects.filter(parent__run=run)}

    def refuse_what_cannot_be_taken_back(self) -> None:
        for row in self.result.rows:
            if row.key.endswith(UNDO) and (row.attempt > 0 or row.status == ActionStatus.COMPLETED):
                message = "What the run had done was undone when it failed, so it cannot go on. Replay it instead."
                raise ConflictError(message)
            planned = self.plan.actions.get(row.key)
            if row.status == ActionStatus.COMPLETED and planned is not None and _ends_run(planned):
                raise ConflictError(
                    f"The action {row.key!r} ended the run on purpose, so it does not go on. Replay it from an action."
                )

    def visit(self, container: ActionRun | None, *, is_whole: bool) -> None:
        """What is to change in a container (None: in the run) that goes on; `is_whole`: all that made it fail."""
        held = self.by_parent[container.pk if container else None]
        failing = self._failing(container, held)
        for row in held:
            if row.pk == self.left_out:
                continue
            match row.status:
                case ActionStatus.FAILED:
                    self._failed(row, is_failing=row in failing, is_whole=is_whole)
                case ActionStatus.CANCELLED:
                    self._go_on(row, is_whole=is_whole)
                case ActionStatus.SKIPPED if row.output is None and not row.port:
                    self.result.pending.append(row)
                case ActionStatus.COMPLETED if row.pk in self.around:
                    self._open(row, is_whole=is_whole)

    def _named(self) -> list[UUID]:
        return [*self.targets, *([self.left_out] if self.left_out else [])]

    def _above(self, pk: UUID) -> list[UUID]:
        found, row = [], self.by_id.get(pk)
        while row is not None and row.parent_id is not None:
            found.append(row.parent_id)
            row = self.by_id.get(row.parent_id)
        return found

    def _failing(self, container: ActionRun | None, held: list[ActionRun]) -> list[ActionRun]:
        """Those of the rows whose failure is one of what holds them."""
        failed = [row for row in held if row.status == ActionStatus.FAILED]
        if container is not None and (planned := self.plan.actions[container.key]).is_loop(container.iteration):
            return [] if planned.for_each.on_failure is OnItemFailure.CONTINUE else failed
        graph = self.plan.graph_in(container.key if container else None)
        return [row for row in failed if planner.is_unhandled(graph, graph.by_key[row.key], State(ActionStatus.FAILED))]

    def _failed(self, row: ActionRun, *, is_failing: bool, is_whole: bool) -> None:
        if row.pk in self.targets:
            self._go_on(row, is_whole=True)
        elif row.pk in self.around:
            self._open(row, is_whole=False)
        elif is_whole and is_failing:
            self._go_on(row, is_whole=True)
        elif is_failing and self._ends_it(row):
            name = f"{row.key}[{row.iteration}]" if row.iteration else row.key
            raise StillFailingError(
                f"The action {name!r} failed too, so the run would fail again at once. Retry both, or skip one."
            )

    def _ends_it(self, row: ActionRun) -> bool:
        """Whether what holds the row would end at once: a loop that collects goes on beside a failed item."""
        planned = self.plan.actions[row.key]
        return not planned.is_item(row.iteration) or planned.for_each.on_failure is OnItemFailure.STOP

    def _open(self, row: ActionRun, *, is_whole: bool) -> None:
        self.result.opened.append(row)
        self.visit(row, is_whole=is_whole)

    def _go_on(self, row: ActionRun, *, is_whole: bool) -> None:
        """A row that failed or was cancelled."""
        child = self.children.get(row.pk)
        if self.by_parent[row.pk]:
            self._open(row, is_whole=is_whole)
        elif child is not None:
            self._with_child(row, child)
        elif effects.is_unknown(self.plan, row):
            self.result.ask.append(row)
        elif row.status == ActionStatus.FAILED:
            self.result.again.append(row)
        else:
            self.result.pending.append(row)

    def _with_child(self, row: ActionRun, child: Run) -> None:
        if child.status not in FINISHED_RUN:
            message = f"The run {child.pk} that {row.key!r} started is still being cancelled. Try again in a moment."
            raise ConflictError(message)
        if child.status == RunStatus.COMPLETED:  # its output was not what was expected: it is looked at again
            self.result.again.append(row)
            return
        try:
            self.result.children.append((row, of_run(self.find(child.pk), find=self.find)))
        except ConflictError as error:
            message = f"The run {child.pk} that {row.key!r} started cannot go on: {error.detail}"
            raise ConflictError(message) from None


def _ends_run(planned: Planned) -> bool:
    """Whether nothing comes after an action that completed."""
    found = action_types.find(planned.part.type)
    return found is not None and not found.ports(planned.part.params)


def read(run_id: UUID) -> Run:
    """The run as it is, for a preview."""
    return Run.objects.select_related("workflow", "event").get(pk=run_id)


def reopen(found: Reopening, *, now: datetime) -> None:
    """Write it down, in the transaction that locked the run, and let the run go on.

    Whoever is called by it (`telling`) tells of a second failure as of the first: rows and the run count how often they
    were reopened.
    """
    run = found.run
    for row, child in found.children:
        reopen(child, now=now)
        _set([row], ActionStatus.WAITING, progress={"started": str(child.run.pk)}, **_AGAIN)
    _undo_nothing(run)
    for row in found.again:
        _set([row], ActionStatus.PENDING, progress=_looked_at(row), **_AGAIN)
    cancelled = [row for row in found.pending if row.status == ActionStatus.CANCELLED]
    _set(cancelled, ActionStatus.PENDING, **_AGAIN)
    _set([row for row in found.pending if row not in cancelled], ActionStatus.PENDING)
    for row in found.opened:
        containers.reopen(row)
    _ask(found)
    run.status, run.outcome, run.error, run.output = RunStatus.QUEUED.value, None, None, None
    run.finished_at, run.stopped_at, run.reopened = None, None, run.reopened + 1
    may_go_on = reentering.reenter(run, now=now)
    run.save(update_fields=_OF_RUN)
    if may_go_on:
        advance = Advance(run, now)
        advance.resume()
        hinting.hint_ids(advance.queued)


_OF_RUN = ["status", "outcome", "error", "output", "finished_at", "stopped_at", "reopened", "held_at", "held_until",
           "held_reason", "deadline_at"]  # fmt: skip
_AGAIN: Json = {"reopened": F("reopened") + 1, "attempts_before": F("attempt")}
_EMPTY: Json = {**interrupting.NOTHING, "output": None, "error": None, "port": "", "finished_at": None}


def _set(rows: Collection[ActionRun], status: ActionStatus, **columns: Any) -> None:
    """Rows of a run that had ended: nobody else changes them."""
    ActionRun.objects.filter(pk__in=[row.pk for row in rows]).update(**{**_EMPTY, "status": status, **columns})


def _ask(found: Reopening) -> None:
    """Let a person say whether these were done, and tell whoever is to be told."""
    for row in found.ask:
        _set([row], ActionStatus.NEEDS_DECISION, error=row.error or interrupting.UNKNOWN, **_AGAIN)
        row.refresh_from_db()
        telling.ended(versions.load(found.run.version_id), row, found.plan.actions[row.key])


def _looked_at(row: ActionRun) -> Json | None:
    """What an action keeps whose run has completed: it looks at how that ended once more."""
    child = Run.objects.filter(parent=row).first()
    if child is None:
        return None
    ended = {"run": str(child.pk), "status": child.status, "output": child.output, "error": child.error}
    return {"started": str(child.pk), "child": ended}


def _undo_nothing(run: Run) -> None:
    """Rows that would have undone something, and did not begin, are made anew when the run fails again."""
    ActionRun.objects.filter(run=run, parent=None, key__endswith=UNDO).delete()
