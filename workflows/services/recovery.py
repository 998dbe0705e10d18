"""Find what a lost message or a dead worker left behind, and bring it back onto the normal road.

Called by a tick, every few seconds, by as many sweepers as there are: everything that is done here is a compare-and-set
that a second sweeper would find done, and a row that cannot be handled stops no other.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from core import hints, tenancy
from workflows.engine.states import ActionStatus, AttemptOutcome
from workflows.models import ActionRun, Run
from workflows.services import claims, dispatching, hinting, outcomes, stopping
from workflows.services.flow import circuits, entering, lanes, states
from workflows.services.outcomes import Outcome
from workflows.services.performing import NotStartedInTimeError

log = structlog.get_logger(__name__)

R = TypeVar("R", ActionRun, Run)
T = TypeVar("T")

BATCH = 500
LOCK_MS = 1000
MAX_SECONDS = 5.0  # of one part: what is left is found by the next tick


def sweep() -> None:
    """Everything that has to be looked for: ended leases, due times, queued actions that nobody was told about."""
    with _not_waiting_long():
        for part in PARTS:
            _guarded(part, what=part.__name__)


@contextmanager
def _not_waiting_long() -> Iterator[None]:
    """A row that a frozen process has locked is left for the next tick; the others are not kept waiting for it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def judge_circuits() -> int:
    """Let circuit breakers count what a process that died after a run's end did not."""
    found = circuits.waiting()
    for workspace_id, workflow_id in found:
        judge = partial(circuits.judge, workflow_id, workspace_id=workspace_id)
        _guarded(judge, what=f"circuit breaker of {workflow_id}")
    return len(found)


def reap() -> int:
    """End the tries whose lease is over: lost, and tried again unless the effect may have happened and has no key."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        rows = ActionRun.objects.filter(status=ActionStatus.RUNNING, lease_until__lt=Now())
        lost = list(rows.select_related("run").order_by("lease_until")[:BATCH])
    return _each(lost, _end, what="action run")


def _each(found: Sequence[R], handle: Callable[[R], object], *, what: str) -> int:
    """Handle these rows, each on its own; returns how many they are."""
    for row in found:
        _guarded(partial(handle, row), what=f"{what} {row.pk}")
    return len(found)


def _each_of(found: Sequence[T], handle: Callable[[T], object], *, what: str) -> int:
    for each in found:
        _guarded(partial(handle, each), what=f"{what} {each}")
    return len(found)


def _guarded(handle: Callable[[], object], *, what: str) -> bool:
    """One row that a release no longer understands must not keep the others from being recovered."""
    try:
        handle()
    except Exception:
        log.exception("recovery failed", what=what)
        return False
    return True


def _hint(ids: Sequence[UUID], *, again: bool = False) -> None:
    """Publish for these rows; one by one where that fails for all of them together."""
    if not _guarded(partial(hinting.hint_ids, ids, again=again), what=f"hints about {len(ids)} action runs"):
        for pk in ids:
            _guarded(partial(hinting.hint_ids, [pk], again=again), what=f"action run {pk}")


_LOST = {"code": "worker_lost", "message": "The worker stopped in the middle of this try."}
_UNKNOWN = {
    "code": "outcome_unknown",
    "message": "The worker stopped in the middle of this action, so nobody can tell whether it was done. "
    "It was not tried again.",
}


def _end(row: ActionRun) -> None:
    with tenancy.scope(row.workspace_id):
        claim = claims.of(row)
        outcome = Outcome(
            finished_at=timezone.now(),
            kind=AttemptOutcome.LOST,
            error=_LOST if claim.may_repeat else _UNKNOWN,
            is_retryable=claim.may_repeat,
            is_unknown=not claim.may_repeat,
        )
        recorded = outcomes.record(claim, outcome)
        hinting.hint_ids(recorded.queued, again=True)


def requeue_due() -> int:
    """Make waiting actions whose time has come claimable, and publish them."""
    return _in_batches(_requeue_batch)


def _requeue_batch() -> int:
    with tenancy.unscoped("one sweep serves all workspaces"), transaction.atomic():
        rows = ActionRun.objects.filter(status=ActionStatus.WAITING, due_at__lte=Now()).order_by("due_at")
        found = list(rows.select_for_update(skip_locked=True).values_list("pk", "workspace_id")[:BATCH])
        now, later = dispatching.split(found)
        queued = {"status": ActionStatus.QUEUED, "due_at": None}
        ActionRun.objects.filter(pk__in=now).update(**queued, hinted_at=Now())
        priority = Run.objects.filter(pk=OuterRef("run_id")).values("priority")
        ActionRun.objects.filter(pk__in=later).update(**queued, queue_priority=Subquery(priority))
        _hint(now)
    return len(found)


def _in_batches(handle: Callable[[], int]) -> int:
    total, ends = 0, time.monotonic() + MAX_SECONDS
    while (found := handle()) == BATCH and time.monotonic() < ends:
        total += found
    return total + found


def fail_unstarted() -> int:
    """Fail the actions that no worker took in the time that their workflow gives them."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        rows = ActionRun.objects.filter(status=ActionStatus.QUEUED, start_by__lt=Now()).select_related("run")
        late = list(rows.order_by("start_by")[:BATCH])
    return _each(late, _fail_unstarted, what="action run")


def _fail_unstarted(row: ActionRun) -> None:
    error = NotStartedInTimeError()
    with tenancy.scope(row.workspace_id):
        now = timezone.now()
        claim = claims.of(row, is_held=False, claimed_at=now)
        failed = {"code": error.code, "message": error.message}
        recorded = outcomes.record(claim, Outcome(finished_at=now, kind=AttemptOutcome.FAILED, error=failed))
        hinting.hint_ids(recorded.queued)


def time_out() -> int:
    """Fail the runs that take longer than their workflow allows."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        late = list(Run.objects.filter(deadline_at__lt=Now()).order_by("deadline_at")[:BATCH])
    return _each(late, _time_out, what="run")


def _time_out(run: Run) -> None:
    with tenancy.scope(run.workspace_id):
        stopping.time_out(run.pk)


def cancel_children() -> int:
    """Cancel the runs of actions that were cancelled or left out, whose message was lost."""
    old = timezone.now() - timedelta(seconds=settings.SEQUITUR_REHINT_SECONDS)
    with tenancy.unscoped("one sweep serves all workspaces"):
        orphans = Run.objects.filter(parent__status__in=stopping.LEFT, parent__hinted_at__lt=old)
        found = list(orphans.order_by("parent__hinted_at").only("pk")[:BATCH])
    return _each(found, lambda run: stopping.cancel_child(run.pk), what="run")


def start_due() -> int:
    """Let held runs start whose time has come, each throttle in its order."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        found = entering.due()
    return _each_of(found, lambda due: entering.start_due(*due), what="throttle")


def open_lanes() -> int:
    """Let held runs start for which there is room, and whose message was lost."""
    total, ends, last = 0, time.monotonic() + MAX_SECONDS, None
    while time.monotonic() < ends:
        with tenancy.unscoped("one sweep serves all workspaces"):
            found = lanes.waited_for(after=last, number=BATCH)
        total += _each_of(found, lanes.open_if_due, what="lane")
        if len(found) < BATCH:
            break
        last = found[-1]
    return total


def rehint() -> int:
    """Publish again for actions that are queued for too long (`hints.publish_again`); returns how many."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        waiting = ActionRun.objects.filter(status=ActionStatus.QUEUED)
        return hints.publish_again(waiting, queue=hinting.QUEUE, publish_rows=_publish)


def forget_counts() -> int:
    """Delete what flow control counted and nobody needs any more; returns how many rows."""
    return _in_batches(partial(states.forget_over, at_most=BATCH))


def refill() -> int:
    """Publish for the next actions of every workspace that has a backlog and few messages; returns for how many."""
    return dispatching.refill_all()


def _publish(action_runs: Sequence[ActionRun]) -> None:
    _hint([row.pk for row in action_runs], again=True)


PARTS = (
    reap,
    requeue_due,
    fail_unstarted,
    time_out,
    cancel_children,
    start_due,
    open_lanes,
    rehint,
    refill,
    judge_circuits,
    forget_counts,
)
