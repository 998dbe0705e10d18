"""Go through a definition as a run would, in memory, and tell what each action did or would have done.

Time does not pass: what waits for a moment goes on when nothing else can, and the clock of the test then shows that
moment. What happens at the same moment happens in the order in which it began to wait.
"""

import heapq
import time
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from core.expressions.scope import Scope
from core.redaction import REDACTED
from core.services import secrets
from workflows.definitions import outline
from workflows.engine import retry
from workflows.engine.states import FINISHED_ACTION, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.selectors import waiting
from workflows.selectors.waiting import Written
from workflows.services import runs, turns
from workflows.services.imagining import NOBODY
from workflows.services.outcomes import Outcome
from workflows.services.rehearsal import acting, report, unresolved, waits
from workflows.services.rehearsal.acting import Rehearsed
from workflows.services.rehearsal.board import Board
from workflows.services.rehearsal.report import Entry, Following, Report
from workflows.services.rehearsal.script import Script, Source
from workflows.services.turns import Items, Skip
from workflows.types.base import Done, EndRun, Expand, StartRun, Step, Wait

Json = dict[str, Any]

MAX_TURNS = 5_000
MAX_ROWS = 10_000
MAX_SECONDS = 10.0
MAX_PROBLEMS = 100

STOPPED = "stopped"
_SAMPLES: Json = {"text": "sample", "number": 1, "boolean": True, "list": [], "object": {}}


def rehearse(script: Script, *, max_seconds: float = MAX_SECONDS) -> Report:
    """What becomes of the script. Stores nothing, sends nothing, and reads only what the workspace has.

    Raises nothing for what goes wrong in an action: it is the action's error, as in a run.
    """
    return _Rehearsal(script).play(max_seconds)


def scope_at(script: Script, key: str) -> Scope | None:
    """The names that an action sees when its turn comes first, with every secret redacted; None when it never does."""
    return _Rehearsal(script).scope_at(key)


class _Rehearsal:
    def __init__(self, script: Script) -> None:
        self.script = script
        run = Run(id=script.run_id, workspace=script.workspace, trigger_key=script.trigger_key, variables={})
        run.created_at = script.now
        is_undoing = script.published.definition.settings.undo
        self.board = Board(
            run, script.published.plan, is_undoing=is_undoing, now=script.now, without_turn=self._passed_over
        )  # fmt: skip
        self.entries: dict[UUID, Entry] = {}
        self.problems: dict[Any, None] = {}
        self.due: list[tuple[datetime, int, ActionRun]] = []
        self.stopped_by = ""
        self._numbers = count()
        self._written = Written(script.document)
        self._outline = outline.build(script.document.get("actions"))

    def play(self, max_seconds: float) -> Report:
        ends_at = time.monotonic() + max_seconds
        self.board.begin()
        steps = min(MAX_TURNS, MAX_TURNS if self.script.steps is None else self.script.steps)
        for number in count():
            if self._is_reached():
                self.stopped_by = "until"
            elif number >= steps and not self.board.is_over:
                self.stopped_by = "steps" if number < MAX_TURNS else "limit"
            elif time.monotonic() > ends_at:
                self.stopped_by = "limit"
            row = None if self.stopped_by else self._next()
            if row is None:
                break
            self._turn(row)
        return self._report()

    def scope_at(self, key: str) -> Scope | None:
        ends_at = time.monotonic() + MAX_SECONDS
        self.board.begin()
        for _ in range(MAX_TURNS):
            row = self._next()
            if row is None or time.monotonic() > ends_at:
                return None
            is_whole = self.board.plan.actions[row.key].is_loop(row.iteration)  # its parameters are those of its items
            if row.key == key and not is_whole:
                known = dict.fromkeys(secrets.names(), REDACTED)
                return acting.scope_of(row, self.board, self.script, secrets=known)
            self._turn(row)
        return None

    def _next(self) -> ActionRun | None:
        """The next row whose turn has come; when there is none, the time of the one that waits shortest."""
        while True:
            while self.board.queue:
                row = self.board.queue.popleft()
                if row.status == ActionStatus.QUEUED:
                    return row
            if not self.due:
                return None
            at, _, row = heapq.heappop(self.due)
            if row.status == ActionStatus.WAITING and row.due_at == at:
                self.board.now = max(self.board.now, at)
                self.board.put(row)

    def _turn(self, row: ActionRun) -> None:
        entry = self.entries.setdefault(row.pk, Entry(row))
        row.due_at = None
        outcome, turn = acting.act(row, self.board, self.script)
        entry.input = outcome.input if outcome.input is not None else entry.input
        entry.would = turn.would or entry.would
        entry.source = entry.source if entry.source and turn.source is Source.COMPUTED else turn.source
        if outcome.error is not None:
            self._tell(row, outcome.error, turn)
            self._fail(row, outcome)
        else:
            self._write(row, entry, outcome.step, outcome)

    def _write(self, row: ActionRun, entry: Entry, step: Step | Skip | Items, outcome: Outcome) -> None:
        """As `turns.write` does."""
        match step:
            case Done():
                self._done(row, step, outcome.variables)
            case Skip():
                entry.why = "Its `if` does not hold."
                self._end(row, ActionStatus.SKIPPED, output={"skipped": step.explanation})
            case Wait():
                self._wait(row, entry, step)
            case Expand() | Items():
                self._hold(row, step)
            case StartRun():
                self._start_run(row, entry, step)
            case EndRun():
                row.attempt += 1
                row.output = step.output
                self.board.set_status(row, ActionStatus.COMPLETED)
                self.board.decide(step.status, error=step.error, output=step.output)

    def _done(self, row: ActionRun, step: Done, variables: Json) -> None:
        self.board.run.variables = {**self.board.run.variables, **variables}
        row.attempt += 1
        row.error = None
        row.port = "" if step.port == self.board.plan.actions[row.key].default_port else step.port
        self._end(row, ActionStatus.COMPLETED, output=step.output)

    def _end(self, row: ActionRun, status: ActionStatus, *, output: Json | None) -> None:
        row.output, row.progress = output, None
        self.board.set_status(row, status)
        self.board.settle(row.parent)

    def _fail(self, row: ActionRun, outcome: Outcome) -> None:
        """It failed for good, or its policy lets it be tried again."""
        planned = self.board.plan.actions[row.key]
        row.attempt += 1
        row.error = outcome.error
        wait_seconds = None
        if not self.board.run.outcome or planned.is_undoing:
            wait_seconds = retry.delay_seconds(
                planned.policy,
                attempt=row.attempt,
                code=str((outcome.error or {}).get("code")),
                is_retryable=outcome.is_retryable,
                retry_after_seconds=outcome.retry_after_seconds,
                random=0.0,
            )
        if wait_seconds is None:
            self._end(row, ActionStatus.FAILED, output=None)
        elif wait_seconds:
            self._until(row, self.board.now + timedelta(seconds=wait_seconds))
        else:
            self.board.put(row)

    def _wait(self, row: ActionRun, entry: Entry, step: Wait) -> None:
        row.progress = dict(step.progress)
        self.board.set_status(row, ActionStatus.WAITING)
        row.due_at = step.until
        entry.waits_for = waiting.waiting_for(row, self._written)
        found = waits.answered(row, step, self.script, kind=waiting.kind_of(row))
        if found is not None:
            arrived, entry.source = found
            row.progress |= arrived
            self.board.put(row)
        elif step.until is not None:
            self._until(row, step.until)

    def _until(self, row: ActionRun, at: datetime) -> None:
        self.board.set_status(row, ActionStatus.WAITING)
        row.due_at = at
        heapq.heappush(self.due, (at, next(self._numbers), row))

    def _hold(self, row: ActionRun, step: Expand | Items) -> None:
        values = step.values if isinstance(step, Items) else None
        body = self.board.plan.graph_in(row.key).nodes
        more = len(body) if values is None else len(values) * (1 + len(body))
        if self.board.count + more > MAX_ROWS:
            row.attempt += 1
            row.error = turns.too_many_actions()
            self._end(row, ActionStatus.FAILED, output=None)
            return
        self.board.hold(row, values)
        self.board.settle(row.parent)

    def _start_run(self, row: ActionRun, entry: Entry, step: StartRun) -> None:
        """The run of another workflow, which is not started: what is pinned, recorded or expected of it."""
        entry.would = {"workflow": step.workflow, "data": step.data}
        pinned = self.script.pinned(row.key, row.iteration)
        if pinned is not None:
            pin, entry.source = pinned
            if pin.error is None:
                self._done(row, Done(pin.output), {})
            else:
                row.attempt += 1
                row.error = {"code": pin.error.get("code"), "message": pin.error.get("message")}
                self._end(row, ActionStatus.FAILED, output=None)
            return
        entry.source = Source.SAMPLE
        if runs.find_active(step.workflow) is None:
            row.attempt += 1
            row.error = turns.unknown_workflow(step.workflow)
            self._end(row, ActionStatus.FAILED, output=None)
        elif not step.is_awaited:
            self._done(row, Done({"run": str(NOBODY), "status": RunStatus.QUEUED.value, "output": None}), {})
        else:
            returns = (entry.input or {}).get("returns") or {}
            output = {name: _SAMPLES.get(kind) for name, kind in returns.items()}
            child = {"run": str(NOBODY), "status": RunStatus.COMPLETED.value, "output": output, "error": None}
            row.progress = {"started": str(NOBODY), "child": child}
            self.board.put(row)

    def _passed_over(self, row: ActionRun, why: str) -> None:
        self.entries.setdefault(row.pk, Entry(row)).why = why

    def _tell(self, row: ActionRun, error: Json, turn: Rehearsed) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems |= dict.fromkeys(unresolved.problems(self._outline, row.key, error, turn.scope))

    def _is_reached(self) -> bool:
        key = self.script.until
        found = (known[key] for known in self.board.by_iteration.values() if key in known) if key else ()
        return any(row.status in FINISHED_ACTION for row in found)

    def _report(self) -> Report:
        board, run = self.board, self.board.run
        status = str(run.status) if board.is_over else STOPPED
        queued = [row for row in board.queue if row.status == ActionStatus.QUEUED]
        due = [row for at, _, row in sorted(self.due) if row.status == ActionStatus.WAITING and row.due_at == at]
        return Report(
            status=status,
            stopped_by="" if board.is_over else self.stopped_by or "waiting",
            output=run.output,
            error=run.error,
            variables=run.variables,
            actions=report.performed(self.entries.values(), board.plan),
            next=tuple(Following(row.key, row.iteration, str(row.status)) for row in [*queued, *due]),
            problems=tuple(self.problems),
        )
