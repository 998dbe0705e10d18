"""The rows of a run in memory, and what follows from how far they are: `advancing` and `turns` without a database.

The planners decide (`workflows.engine`), as in a real run; here their decisions are applied to rows that nobody saves.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from workflows.definitions.plan import UNDO, Plan, Planned
from workflows.engine import items, planner
from workflows.engine.graph import Graph
from workflows.engine.planner import State
from workflows.engine.states import FINISHED_ACTION, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import containers, rows
from workflows.services.advancing import WAITING, WAITING_OR_ASKING

Json = dict[str, Any]
End = tuple[ActionStatus, ActionRun | None]
WithoutTurn = Callable[[ActionRun, str], None]

RUN_ENDS = "The end of the run was decided before its turn came."


class Board:
    """One run in memory. `queue` are the rows whose turn has come, in order; `now` is the clock of the run.

    `without_turn` is told of each row that has none, with why it is left out, if it is. Concurrency: belongs to one
    thread.
    """

    def __init__(self, run: Run, plan: Plan, *, is_undoing: bool, now: datetime, without_turn: WithoutTurn) -> None:
        self.run, self.plan, self.now = run, plan, now
        self.queue: deque[ActionRun] = deque()
        self.by_iteration: dict[str, dict[str, ActionRun]] = {}
        self._undoes = is_undoing
        self._without_turn = without_turn
        self._children: dict[UUID | None, list[ActionRun]] = {}
        self._graph_rows: dict[UUID | None, dict[str, ActionRun]] = {}
        self._counts: dict[UUID, dict[ActionStatus, int]] = {}

    def begin(self) -> None:
        """Let the first actions have their turn."""
        self._add(rows.of_action(self.run, self.plan.actions[node.key], parent=None, iteration="")
                  for node in self.plan.graph.nodes)  # fmt: skip
        self._settle_top()

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(map(len, self._children.values()))

    @property
    def is_over(self) -> bool:
        return self.run.finished_at is not None

    def all_rows(self) -> Iterable[ActionRun]:
        """Every row, those of one body or loop together."""
        return (row for found in self._children.values() for row in found)

    def set_status(self, row: ActionRun, status: ActionStatus) -> None:
        """Change how far a row is."""
        if (counts := self._counts.get(row.parent_id) if row.parent_id else None) is not None:
            counts[ActionStatus(row.status)] -= 1
            counts[status] = counts.get(status, 0) + 1
        row.status = status
        if status in FINISHED_ACTION:
            row.finished_at = self.now

    def put(self, row: ActionRun) -> None:
        """Let it have its turn, after those whose turn has come already."""
        self.set_status(row, ActionStatus.QUEUED)
        self.queue.append(row)

    def hold(self, row: ActionRun, values: list[Any] | None) -> None:
        """Let a row become a container: of an item for each value, or of the actions of its body."""
        self.set_status(row, ActionStatus.WAITING)
        row.progress = containers.OPEN
        if values is None:
            graph = self.plan.graph_in(row.key)
            new = [self._of(node.key, parent=row, iteration=row.iteration) for node in graph.nodes]
        else:
            new = rows.of_items(row, values)
            self._counts[row.pk] = {ActionStatus.PENDING: len(new)}
        self._children[row.pk] = []
        self._add(new)
        if end := self._decide_in(row):
            self._finish(row, *end)

    def settle(self, parent: ActionRun | None) -> None:
        """Do what follows where the children of a row (None: the top of the run) changed, and further up."""
        if self.is_over:
            return
        while parent is not None:
            end = self._decide_in(parent)
            if end is None:
                return
            self._finish(parent, *end)
            parent = parent.parent
        self._settle_top()

    def decide(self, outcome: RunStatus, *, error: Json | None, output: Json | None) -> None:
        """Let the run end like this, as `stop` does; where its end is decided already, that stays."""
        if not self.run.outcome:
            self.run.outcome, self.run.error, self.run.output = outcome.value, error, output
            self._halt_in(None, WAITING_OR_ASKING)
        self.settle(None)

    def _of(self, key: str, *, parent: ActionRun | None, iteration: str) -> ActionRun:
        return rows.of_action(self.run, self.plan.actions[key], parent=parent, iteration=iteration)

    def _add(self, new: Iterable[ActionRun]) -> None:
        """Ids come of where a row stands, so that the same test gives the same ones."""
        for row in new:
            row.id = uuid5(self.run.pk, f"{row.key}[{row.iteration}]")
            self._children.setdefault(row.parent_id, []).append(row)
            self._graph_rows.setdefault(row.parent_id, {})[row.key] = row
            known = self.by_iteration.setdefault(row.iteration, {})
            known[row.key] = row

    def _settle_top(self) -> None:
        undoing = [row for row in self._children.get(None, []) if row.key.endswith(UNDO)]
        if self.run.outcome and undoing:
            self._undo(undoing)
        elif end := self._decide_in_graph(self.plan.graph, None):
            self._end(*end)

    def _end(self, ended: ActionStatus, failed: ActionRun | None) -> None:
        run = self.run
        run.outcome = run.outcome or RunStatus(ended).value
        if failed is not None and run.error is None and run.outcome == RunStatus.FAILED:
            run.error = {**(failed.error or {}), "action": failed.key}
        undoing = self._undoing() if run.outcome == RunStatus.FAILED and self._undoes else []
        if undoing:
            self._add(undoing)
            self.put(undoing[0])
        else:
            self._close()

    def _close(self) -> None:
        self.run.status, self.run.finished_at = self.run.outcome or RunStatus.COMPLETED.value, self.now

    def _undoing(self) -> list[ActionRun]:
        """The rows that undo what completed, the last first, as `ending` makes them."""
        actions = self.plan.actions
        undone = {key.removesuffix(UNDO) for key in actions if key.endswith(UNDO)}
        done = [
            row
            for row in self.all_rows()
            if row.key in undone
            and row.status == ActionStatus.COMPLETED
            and not actions[row.key].is_loop(row.iteration)
        ]
        done.sort(key=lambda row: (row.finished_at, row.position), reverse=True)
        return [
            rows.of_action(
                self.run,
                actions[f"{row.key}{UNDO}"],
                parent=None,
                iteration=row.iteration,
                position=len(actions) + number,
            )
            for number, row in enumerate(done)
        ]

    def _undo(self, undoing: list[ActionRun]) -> None:
        following = next((row for row in undoing if row.status not in FINISHED_ACTION), None)
        if following is None:
            self._close()
        elif following.status == ActionStatus.PENDING:
            self.put(following)

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
        by_key = self._graph_rows.get(container.pk if container else None, {})
        while True:
            states = {node.key: containers.state_of(by_key[node.key]) for node in graph.nodes}
            decision = planner.decide(graph, states)
            for key in decision.skip:
                self._skip(by_key[key], why_skipped(graph, key, states, decision.failed))
            for key in decision.cancel:
                self._cancel(by_key[key])
            for key in decision.start:
                self.put(by_key[key])
            are_over = [self._halt(by_key[key], WAITING) for key in decision.halt]
            if not any(are_over):
                break
        return (decision.end, by_key.get(decision.failed or "")) if decision.end else None

    def _decide_items(self, loop: ActionRun, planned: Planned) -> End | None:
        policy = planned.for_each
        while True:
            found = items.decide(self._counts[loop.pk], max_parallel=policy.max_parallel, on_failure=policy.on_failure)
            pending = (row for row in self._children[loop.pk] if row.status == ActionStatus.PENDING)
            if found.skip:
                for row in pending:
                    self._skip(row, f"An item of {loop.key!r} failed.")
            elif found.start and self._start_items(planned, [next(pending) for _ in range(found.start)]):
                continue
            return (found.end, None) if found.end else None

    def _start_items(self, planned: Planned, begun: list[ActionRun]) -> bool:
        """Let items begin; whether one of them has ended at once."""
        for row in begun:
            if planned.body is None:
                self.put(row)
            else:
                self._without_turn(row, "")
                self.hold(row, None)
        return any(row.status in FINISHED_ACTION for row in begun)

    def _halt(self, container: ActionRun, stopped: frozenset[ActionStatus]) -> bool:
        container.progress = containers.ENDING
        is_over = self._halt_in(container, stopped)
        if is_over:
            self._finish(container, ActionStatus.CANCELLED, None)
        return is_over

    def _halt_in(self, container: ActionRun | None, stopped: frozenset[ActionStatus]) -> bool:
        """Whether all that a container holds (None: all of the run) has ended now."""
        children = [
            row
            for row in self._children.get(container.pk if container else None, [])
            if row.status not in FINISHED_ACTION and not row.key.endswith(UNDO)
        ]
        for row in children:
            if containers.is_container(row):
                self._halt(row, stopped)
            elif row.status == ActionStatus.PENDING:
                self._skip(row, RUN_ENDS)
            elif row.status in stopped:
                self._cancel(row)
        return all(row.status in FINISHED_ACTION for row in children)

    def _skip(self, row: ActionRun, why: str) -> None:
        self.set_status(row, ActionStatus.SKIPPED)
        self._without_turn(row, why)

    def _cancel(self, row: ActionRun) -> None:
        self.set_status(row, ActionStatus.CANCELLED)
        row.progress = None
        self._without_turn(row, RUN_ENDS)

    def _finish(self, container: ActionRun, end: ActionStatus, failed: ActionRun | None) -> None:
        found = [
            {name: getattr(row, name) for name in ("key", "status", "port", "output", "error")}
            for row in self._children[container.pk]
        ]
        container.output, container.error = containers.summed_up(container.key, found, end, failed)
        container.progress = None
        self.set_status(container, end)


def why_skipped(graph: Graph, key: str, states: dict[str, State], failed: str | None) -> str:
    """A sentence about an action that the planner leaves out."""
    if failed is not None:
        return f"{failed!r} failed, and nothing handles that."
    needs = graph.by_key[key].needs
    unmet = [
        need for need in needs
        if need.port not in planner.fired(graph.by_key[need.key], states[need.key])
    ]  # fmt: skip
    return f"What it needs did not fire: {', '.join(f'{need.key}.{need.port}' for need in unmet) or 'nothing'}."
