"""How runs end: when all their actions have, or because somebody says so; undoing first what is to be undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core import publish
from workflows.definitions.plan import UNDO
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import arriving, dead_letters, hinting, rows, runs, versions
from workflows.services.flow import circuits
from workflows.services.notifications import telling

if TYPE_CHECKING:
    from workflows.services.advancing import Advance

Json = dict[str, Any]

CANCEL_TASK = "workflows.cancel_run"
CANCEL_QUEUE = "runs"


def end(advance: Advance, ended: ActionStatus, failed: ActionRun | None) -> None:
    """All actions have ended, `failed` with an error that nobody handles: undo what is to be undone, or finish."""
    run = advance.run
    run.outcome = run.outcome or RunStatus(ended).value
    if failed is not None and run.error is None and run.outcome == RunStatus.FAILED:
        run.error = {**(failed.error or {}), "action": failed.key}
    run.save(update_fields=["outcome", "error"])
    undoing = _undoing(run) if run.outcome == RunStatus.FAILED else []
    if undoing:
        ActionRun.objects.bulk_create(undoing)
        advance.queue(undoing[:1])
    else:
        finish(advance)


def finish(advance: Advance) -> None:
    """The end: whoever waits for the run is told, what handles its failure starts, its circuit breaker counts it."""
    run = advance.run
    run.status, run.finished_at, run.deadline_at = run.outcome or RunStatus.COMPLETED.value, advance.now, None
    run.held_at, run.held_until, run.held_reason = None, None, ""
    if run.parent_id is not None and run.output is None:
        run.output = _last_output(run)
    held = ["held_at", "held_until", "held_reason"]
    run.save(update_fields=["status", "finished_at", "deadline_at", "output", *held])
    telling.finished(versions.load(run.version_id), run)
    if run.lane:
        hinting.hint_lane(run.pk)
    circuits.note(run)
    if run.status == RunStatus.FAILED:
        dead_letters.bury(run)
    if run.parent_id is not None:
        child = {"run": str(run.pk), "status": run.status, "output": run.output, "error": run.error}
        arriving.arrive([run.parent_id], {"child": child})
    if run.status == RunStatus.FAILED:  # last: what flow control counts is locked after all rows of actions
        runs.start_consequence(run)


def decide(advance: Advance, outcome: RunStatus, *, error: Json | None = None, output: Json | None = None) -> None:
    """Let the run end like this: nothing else starts, what waits is cancelled, what runs is let end.

    Safe to repeat: where the end is decided already, that stays, and the run goes on to it.
    """
    run = advance.run
    if run.status in FINISHED_RUN:
        return
    if not run.outcome:
        run.outcome, run.error, run.output = outcome.value, error, output
        run.save(update_fields=["outcome", "error", "output"])
        advance.halt()
    advance.settle(None)


def cancel_children(action_run_ids: Collection[UUID], *, now: datetime) -> None:
    """Have the runs that these cancelled actions started cancelled, in transactions of their own: locks go up only.

    `hinted_at` stays until that is done, for the sweep to find those whose message is lost.
    """
    if not action_run_ids:
        return
    found = Run.objects.filter(parent__in=action_run_ids).exclude(status__in=FINISHED_RUN)
    children = dict(found.values_list("pk", "parent_id"))
    ActionRun.objects.filter(pk__in=children.values()).update(hinted_at=now)
    for run_id in children:
        publish.task(CANCEL_TASK, run_id, queue=CANCEL_QUEUE)


def _undoing(run: Run) -> list[ActionRun]:
    """The rows that undo what completed in this run, the last first, unless the workflow does not undo."""
    published = versions.load(run.version_id)
    actions = published.plan.actions
    undone = [key.removesuffix(UNDO) for key in actions if key.endswith(UNDO)]
    if not undone or not published.definition.settings.undo:
        return []
    completed = ActionRun.objects.filter(run=run, key__in=undone, status=ActionStatus.COMPLETED, reused_from=None)
    done = [
        row for row in completed.order_by("-finished_at", "-position") if not actions[row.key].is_loop(row.iteration)
    ]
    return [
        rows.of_action(
            run, actions[f"{row.key}{UNDO}"], parent=None, iteration=row.iteration, position=len(actions) + number
        )
        for number, row in enumerate(done)
    ]


def _last_output(run: Run) -> Json | None:
    """What a run gives to the action that started it, unless `stop` said: the output of its last completed action."""
    done = ActionRun.objects.filter(run=run, parent=None, status=ActionStatus.COMPLETED).exclude(key__endswith=UNDO)
    last = done.order_by("-finished_at", "-position").first()
    return last.output if last else None
