"""Execute what is queued in the process of the test, as workers would, until nothing is left."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from core import tenancy
from workflows.models import ActionRun, Run
from workflows.services import execution, recovery

MAX_ROUNDS = 500


def drain(run: Run | None = None) -> None:
    """Execute queued actions (of one run, or of all) until none is queued; waits are left waiting."""
    with tenancy.unscoped("tests look at everything"):
        for _ in range(MAX_ROUNDS):
            rows = ActionRun.objects.filter(status="queued")
            ids = list((rows.filter(run=run) if run else rows).order_by("hinted_at", "id").values_list("pk", flat=True))
            if not ids:
                return
            for pk in ids:
                execution.execute(pk)
    raise AssertionError(f"still queued after {MAX_ROUNDS} rounds")


def pass_time(*, seconds: float) -> None:
    """Let so much time have passed for everything that waits, and look for what is due.

    The clock is the database's, so what waits is moved and not the clock.
    """
    by = timedelta(seconds=seconds)
    with tenancy.unscoped("tests look at everything"):
        for row in ActionRun.objects.filter(progress__has_key="until"):
            progress = row.progress or {}
            until = datetime.fromisoformat(progress["until"]) - by
            ActionRun.objects.filter(pk=row.pk).update(progress={**progress, "until": until.isoformat()})
        ActionRun.objects.filter(due_at__isnull=False).update(due_at=F("due_at") - by)
    recovery.sweep()


def finish(run: Run, *, hours: int = 24 * 400) -> Run:
    """Let the run go on until nothing more can happen in it, however long its waits are."""
    for _ in range(MAX_ROUNDS):
        drain()
        with tenancy.unscoped("tests look at everything"):
            if not ActionRun.objects.filter(due_at__isnull=False).exists():
                break
        pass_time(seconds=hours * 3600)
    with tenancy.unscoped("tests look at everything"):
        run.refresh_from_db()
    return run


def states(run: Run) -> dict[str, str]:
    """The state of every action by key, with the iteration where it has one: `{"each[0]": "completed"}`."""
    return {_name(row): row.status for row in _rows(run)}


def outputs(run: Run) -> dict[str, Any]:
    """The output of every action, by the same names."""
    return {_name(row): row.output for row in _rows(run)}


def _rows(run: Run) -> list[ActionRun]:
    with tenancy.unscoped("tests look at everything"):
        return list(ActionRun.objects.filter(run=run).order_by("position", "iteration"))


def _name(row: ActionRun) -> str:
    return row.key + (f"[{row.iteration}]" if row.iteration else "")
