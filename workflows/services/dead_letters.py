"""Dead letters about runs: written when one fails, settled when it is tried again."""

from typing import Any

from core.models import DeadLetter, LetterKind
from core.services import dead_letters
from core.services.dead_letters import Death
from workflows.engine.states import FINISHED_ACTION
from workflows.models import ActionRun, Run
from workflows.services import hinting

Json = dict[str, Any]


def bury(run: Run) -> None:
    """Keep what a run failed by as dead: its action, or, where it took too long, the run itself.

    Does nothing where an action of another run waits for it: that one has the error now, handles it or fails by it.
    To be called in the transaction in which the run ends.
    """
    if _is_awaited(run):
        return
    error = run.error or {}
    row = _failed(run, error)
    dead_letters.bury(
        Death(
            LetterKind.ACTION,
            source_id=run.pk if row is None else row.pk,
            code=str(error.get("code") or "failed"),
            message=str(error.get("message") or "The run failed."),
            attempts=1 if row is None else row.attempt,
            workflow_id=run.workflow_id,
            run_id=run.pk,
            queue=hinting.QUEUE,
            task="" if row is None else row.key,
            payload=_reference(run, row),
        )
    )


def settle(run: Run, *, by: str, reason: str) -> None:
    """Close what is open about a run that goes on again. To be called in that transaction; safe to repeat."""
    rows = DeadLetter.objects.filter(kind=LetterKind.ACTION, run_id=run.pk, status__in=dead_letters.UNDEALT)
    for source_id in list(rows.values_list("source_id", flat=True)):
        if source_id is not None:
            dead_letters.settled(LetterKind.ACTION, source_id, by=by, reason=reason)


def _is_awaited(run: Run) -> bool:
    if run.parent_id is None:
        return False
    return ActionRun.objects.filter(pk=run.parent_id).exclude(status__in=FINISHED_ACTION).exists()


def _failed(run: Run, error: Json) -> ActionRun | None:
    """The row that the run failed by: of a loop, or of a `parallel`, the innermost one that failed last in it."""
    key = error.get("action")
    if key is None:
        return None
    rows = ActionRun.objects.filter(run=run, status="failed").defer("output", "item")
    return rows.filter(key=key).order_by("-finished_at", "-pk").first()


def _reference(run: Run, row: ActionRun | None) -> Json:
    about = {"run": str(run.pk), "event": str(run.event_id), "workflow": str(run.workflow_id)}
    return about if row is None else {**about, "action": row.key, "iteration": row.iteration}
