"""Try what failed again, in the same run and under the same idempotency keys."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import ConflictError, NotFoundError
from workflows.engine.states import FINISHED_RUN, ActionStatus
from workflows.models import ActionRun, Run
from workflows.selectors import waiting
from workflows.services import dead_letters, hinting, stopping
from workflows.services.repair import noting, reopening
from workflows.services.repair.reopening import Reopening


def retry(run_id: UUID, *, by: str, reason: str = "", action_run_ids: Collection[UUID] | None = None) -> Run:
    """Let a run that failed, timed out or was cancelled go on: failed actions are tried again, or only these of them
    (None: all whose error failed the run), and what was cancelled or written off with them has its turn. In a run that
    goes on, actions that wait for their next try are tried now.

    What completed is not touched. What may have been done, and has no key, needs a decision instead of another try. The
    policy of what is tried again begins anew; its numbers of attempts go on.

    Raises `ConflictError` when nothing is to be tried again, or it would come to nothing (see `reopening`), and
    `NotFoundError` for an action of another run.
    Concurrency: the row of the run is locked. Of several people, one has it tried again; the others are refused.
    """
    with transaction.atomic():
        run = stopping.locked(run_id)
        before = {"status": run.status, "error": run.error}
        if run.status in FINISHED_RUN:
            found = plan(run, find=stopping.locked, action_run_ids=action_run_ids)
            reopening.reopen(found, now=timezone.now())
            _settle(found, by=by, reason=reason)
            tried = [row.pk for row in (*found.again, *found.ask, *(row for row, _ in found.children))]
        else:
            tried = _try_now(run, action_run_ids)
        after = {"status": run.status}
        noting.note(run, "retried", by=by, reason=reason, at=timezone.now(), before=before, after=after, actions=tried)
    return run


def _settle(found: Reopening, *, by: str, reason: str) -> None:
    dead_letters.settle(found.run, by=by, reason=reason)
    for _, child in found.children:
        _settle(child, by=by, reason=reason)


def plan(run: Run, *, find: reopening.Find, action_run_ids: Collection[UUID] | None) -> Reopening:
    """What a retry of a run that has ended changes. Raises what `retry` does."""
    refuse_child(run)
    if action_run_ids is not None:
        _refuse_others(run, action_run_ids)
    found = reopening.of_run(run, find=find, targets=action_run_ids)
    if found.is_nothing:
        raise ConflictError("Nothing in the run failed that could be tried again. Replay it from an action instead.")
    return found


def refuse_child(run: Run) -> None:
    """Raises `ConflictError` for a run that another one waited for, and does not any more."""
    parent = run.parent
    if parent is None:
        return
    waits = parent.status == ActionStatus.WAITING and (parent.progress or {}).get("started") == str(run.pk)
    did_not_wait = parent.status == ActionStatus.COMPLETED and (parent.output or {}).get("status") not in _ENDED
    if not (waits or did_not_wait):
        raise ConflictError(
            f"The run {parent.run_id} that started this one went on without it. "
            "Retry that run, which takes this one up again, or replay this one."
        )


_ENDED = frozenset(status.value for status in FINISHED_RUN)


def _refuse_others(run: Run, action_run_ids: Collection[UUID]) -> None:
    rows = {row.pk: row for row in ActionRun.objects.filter(run=run, pk__in=action_run_ids)}
    for pk in action_run_ids:
        if pk not in rows:
            raise NotFoundError(f"The run has no action {pk}.")
        if rows[pk].status != ActionStatus.FAILED:
            status = rows[pk].status.replace("_", " ")
            raise ConflictError(f"The action {rows[pk].key!r} is {status}; only one that failed is tried again.")
    if not action_run_ids:
        raise ConflictError("No action is named that could be tried again.")


def _try_now(run: Run, action_run_ids: Collection[UUID] | None) -> list[UUID]:
    """Queue actions that wait for their next try."""
    wanted = ActionRun.objects.filter(run=run)
    if action_run_ids is not None:
        wanted = wanted.filter(pk__in=action_run_ids)
    else:
        wanted = wanted.filter(status=ActionStatus.WAITING)
    rows = list(wanted.select_for_update(no_key=True).order_by("pk"))
    if action_run_ids is not None and len(rows) != len(set(action_run_ids)):
        raise NotFoundError("The run has no such action.")
    if action_run_ids is None:
        rows = [row for row in rows if waiting.kind_of(row) == "retry"]
    for row in rows:
        if waiting.kind_of(row) != "retry" or run.outcome:
            status = row.status.replace("_", " ")
            raise ConflictError(f"The action {row.key!r} is {status} in a run that goes on: it has no try to wait for.")
    if not rows:
        raise ConflictError(f"The run is {run.status.replace('_', ' ')}, and nothing in it waits to be tried again.")
    ids = [row.pk for row in rows]
    ActionRun.objects.filter(pk__in=ids).update(status=ActionStatus.QUEUED, due_at=None, hinted_at=timezone.now())
    hinting.hint_ids(ids)
    return ids
