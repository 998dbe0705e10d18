"""Move a run to where the planners say, after one of its actions changed.

Everything here happens inside a transaction that holds the row of the run, so what the planners are told is what is
there. Nothing is published: who calls knows which messages are underway already.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import Length

from triggers.services import waits
from workflows.definitions.plan import UNDO, Plan, Planned
from workflows.engine import items, planner
from workflows.engine.graph import Graph
from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import containers, dispatching, ending, rows, versions
from workflows.services.notifications import telling

WAITING = frozenset({ActionStatus.QUEUED, ActionStatus.WAITING})
WAITING_OR_ASKING = WAITING | {ActionStatus.NEEDS_DECISION}

End = tuple[ActionStatus, ActionRun | None]  # how a graph ended, and whose unhandled failure it was


@dataclass
class Advance:
    """One move of one run. `queued` are the rows that became claimable, in the order in which they did.

    `free`: so many messages may be published whatever else waits, in the place of the one that is used up.
    """

    run: Run
    now: datetime
    queued: list[UUID] = field(default_factory=list)
    free: int = 0

    @property
    def plan(self) -> Plan:
        return versions.load(self.run.version_id).plan

    def settle(self, parent_id: UUID | None) -> None:
        """Do what follows where the children of a row (None: the top of the run) changed, and further up.

        Of a run that is held, nothing does: when it is let in, it goes on from where it is (`resume`). What was decided
        about it, or arrived for it, meanwhile, is seen then.
        """
        if self.run.status in FINISHED_RUN or self._is_held:
            return
        while parent_id is not None:
            parent = ActionRun.objects.get(pk=parent_id)
            end = self._decide_in(parent)
            if end is None:
                break
            self._finish(parent, *end)
            parent_id = parent.parent_id
        else:
            self._settle_top()
        self._set_status()

    def resume(self) -> None:
        """Do what follows everywhere in the run, the innermost containers first: of a run that goes on after its rows
        were changed in several places."""
        for container_id in containers.open_in(self.run.pk):
            container = ActionRun.objects.get(pk=container_id)
            if end := self._decide_in(container):
                self._finish(container, *end)
        self._settle_top()
        self._set_status()

    def new_rows(self, row: ActionRun, values: Sequence[Any] | None) -> list[ActionRun]:
        """What a row is to hold: an item for each of the values, or the actions of its body."""
        if values is not None:
            return rows.of_items(row, values)
        return rows.of_body(self.run, self.plan.graph_in(row.key), parent=row, iteration=row.iteration)

    def hold(self, row: ActionRun, new: Collection[ActionRun], **columns: Any) -> None:
        """Let a row become a container of new rows, and those start that may. To be settled above it afterwards."""
        containers.open_(row, **columns)
        ActionRun.objects.bulk_create(new)
        if end := self._decide_in(row):  # nothing in it could start
            self._finish(row, *end)

    def queue(self, pending: Iterable[ActionRun]) -> None:
        """Make pending rows claimable; those for which there is no room wait in the backlog."""
        found = list(pending)
        number = dispatching.fitting(len(found), free=self.free)
        self.free = max(0, self.free - number)
        self._queue(found[:number], hinted_at=self.now)
        if number < len(found):
            self._queue(found[number:], queue_priority=self.run.priority)
            dispatching.refill_soon()

    def _queue(self, pending: Iterable[ActionRun], **columns: Any) -> None:
        by_patience = groupby(pending, lambda row: self.plan.actions[row.key].part.start_within_seconds)
        for patience, group in by_patience:
            start_by = None if patience is None else self.now + timedelta(seconds=patience)
            found = list(group)
            self._set(found, ActionStatus.QUEUED, start_by=start_by, **columns)
            self.queued += [row.pk for row in found]
            telling.ready(versions.load(self.run.version_id), found)

    def _finish(self, container: ActionRun, end: ActionStatus, failed: ActionRun | None) -> None:
        containers.finish(container, end, failed, now=self.now)
        telling.ended(versions.load(self.run.version_id), container, self.plan.actions[container.key])

    @property
    def _is_held(self) -> bool:
        return self.run.held_at is not None and not self.run.outcome

    def queue_again(self, row: ActionRun) -> None:
        """Make a row claimable that was claimed before, or let it wait with its run."""
        if self._is_held:
            self._set([row], ActionStatus.PENDING)
            return
        self._set([row], ActionStatus.QUEUED, hinted_at=self.now)
        self.queued.append(row.pk)

    def halt(self) -> None:
        """Start nothing more in the whole run, and stop everything that waits."""
        self._halt_in(None, WAITING_OR_ASKING)

    def _settle_top(self) -> None:
        undoing = ActionRun.objects.filter(run=self.run, parent=None, key__endswith=UNDO)
        if self.run.outcome and undoing.exists():
            self._undo(undoing)
        elif end := self._decide_in_graph(self.plan.graph, None):
            ending.end(self, *end)

    def _undo(self, undoing: QuerySet[ActionRun]) -> None:
        """One after the other, whatever became of the one before."""
        following = undoing.exclude(status__in=FINISHED_ACTION).order_by("position").first()
        if following is None:
            ending.finish(self)
        elif following.status == ActionStatus.PENDING:
            self.queue([following])

    def _decide_in(self, container: ActionRun) -> End | None:
        if not containers.is_container(container):
            return None
        if containers.is_ending(container):
            return (ActionStatus.CANCELLED, None) if self._halt_in(container, WAITING) else None
        planned = self.plan.actions[container.key]
        if planned.is_loop(container.iteration):
            return self._decide_items(container, planned)
        return self._decide_in_graph(self.plan.graph_in(container.key), container)

    def _decide_in_graph(self, graph: Graph, container: ActionRun | None) -> End | None:
        """Decide, and apply that to rows that are still as they were read.

        Where one is not, all are read anew: with a row that was queued since, the one before it has completed.
        """
        children = ActionRun.objects.filter(run=self.run, parent=container).defer("output", "item")
        while True:
            by_key = {row.key: row for row in children.all()}
            decision = planner.decide(graph, {node.key: containers.state_of(by_key[node.key]) for node in graph.nodes})
            skip, cancel, start, halt = (
                [by_key[key] for key in keys]
                for keys in (decision.skip, decision.cancel, decision.start, decision.halt)
            )
            self._stop_listening(cancel)
            if not _lock([*skip, *cancel, *start]):
                continue
            self._set(skip, ActionStatus.SKIPPED, finished_at=self.now)
            self._cancel(cancel)
            self.queue(start)
            are_over = [self._halt(row, WAITING) for row in halt]
            if not any(are_over):
                break
        return (decision.end, by_key.get(decision.failed or "")) if decision.end else None

    def _decide_items(self, loop: ActionRun, planned: Planned) -> End | None:
        children = ActionRun.objects.filter(run=self.run, parent=loop)
        counts = {
            ActionStatus(status): number
            for status, number in children.order_by().values_list("status").annotate(Count("id"))
        }
        policy = planned.for_each
        decision = items.decide(counts, max_parallel=policy.max_parallel, on_failure=policy.on_failure)
        pending = children.filter(status=ActionStatus.PENDING).order_by(Length("iteration"), "iteration")
        if decision.skip:
            pending.update(status=ActionStatus.SKIPPED, finished_at=self.now)
        elif decision.start and self._start_items(planned, pending[: decision.start]):
            return self._decide_items(loop, planned)
        return (decision.end, None) if decision.end else None

    def _start_items(self, planned: Planned, pending: Iterable[ActionRun]) -> bool:
        """Let items begin; whether one of them has ended at once. Those with a body need no worker to begin."""
        if planned.body is None:
            self.queue(pending)
            return False
        begun = list(pending)
        for row in begun:
            self.hold(row, self.new_rows(row, None), started_at=self.now)
        return any(row.status in FINISHED_ACTION for row in begun)

    def _halt(self, container: ActionRun, stopped: frozenset[ActionStatus]) -> bool:
        """Let a container come to its end; whether it has, because nothing in it runs."""
        containers.let_end(container)
        is_over = self._halt_in(container, stopped)
        if is_over:
            self._finish(container, ActionStatus.CANCELLED, None)
        return is_over

    def _halt_in(self, container: ActionRun | None, stopped: frozenset[ActionStatus]) -> bool:
        """Whether all that a container holds (None: all of the run) has ended now."""
        unfinished = ActionRun.objects.filter(run=self.run, parent=container).exclude(status__in=FINISHED_ACTION)
        unfinished = unfinished.exclude(key__endswith=UNDO).defer("output", "item", "error")
        while True:
            children = list(unfinished.all())  # anew, as in `_decide_in_graph`
            held = [row for row in children if containers.is_container(row)]
            changed = [row for row in children if row.status in {*stopped, ActionStatus.PENDING} and row not in held]
            self._stop_listening(changed)
            if _lock(changed):
                break
        self._set(
            [row for row in changed if row.status == ActionStatus.PENDING], ActionStatus.SKIPPED, finished_at=self.now
        )
        self._cancel([row for row in changed if row.status in stopped])
        for row in held:
            self._halt(row, stopped)
        return all(row.status in FINISHED_ACTION for row in children)

    def _stop_listening(self, waiting: Sequence[ActionRun]) -> None:
        """Before the rows are locked: events arrive in that order."""
        waits.forget([row.pk for row in waiting if row.progress])

    def _cancel(self, waiting: Sequence[ActionRun]) -> None:
        nothing = dict.fromkeys(("due_at", "hinted_at", "queue_priority", "start_by", "progress"))
        self._set(waiting, ActionStatus.CANCELLED, finished_at=self.now, **nothing)
        ending.cancel_children([row.pk for row in waiting if row.progress], now=self.now)

    def _set(self, rows: Sequence[ActionRun], status: ActionStatus, **columns: Any) -> None:
        """Change rows that are locked, or that nobody else changes: new ones, items of loops, what undoes."""
        ActionRun.objects.filter(pk__in=[row.pk for row in rows]).update(status=status, **columns)
        for row in rows:
            row.status = status

    def _set_status(self) -> None:
        """What the run is called while it goes on: running, else asking a person, else waiting."""
        if self.run.status in FINISHED_RUN or self.queued:
            return
        unfinished = ActionRun.objects.filter(run=self.run).exclude(status__in=FINISHED_ACTION)
        statuses = set(unfinished.order_by().values_list("status", flat=True).distinct())
        if statuses & {ActionStatus.QUEUED, ActionStatus.RUNNING}:
            return
        status = RunStatus.NEEDS_DECISION if ActionStatus.NEEDS_DECISION in statuses else RunStatus.WAITING
        if self.run.status != status:
            self.run.status = status
            self.run.save(update_fields=["status"])


def _lock(rows: Sequence[ActionRun]) -> bool:
    """Lock rows; returns whether all of them are still in the state in which they were read.

    Workers claim and complete, time passes and events arrive without the lock of the run, so a row may have gone on.
    Whoever locks several rows of a graph does it at once, in the order in which they were made, which is that of the
    document: workers lock an action and then the one that follows.
    """
    locked = ActionRun.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk")
    now = dict(locked.values_list("pk", "status"))
    return all(now.get(row.pk) == row.status for row in rows)
