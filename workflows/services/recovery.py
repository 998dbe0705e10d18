"""Find what a lost message or a dead worker left behind, and bring it back onto the normal road.

Called by a tick, every few seconds, by as many sweepers as there are: everything that is done here is a compare-and-set
that a second sweeper would find done, and a row that cannot be handled stops no other.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.utils import timezone

from actions.base import Effects
from actions.registry import action_types
from core import hints, tenancy
from workflows.engine.states import ActionStatus, AttemptOutcome
from workflows.models import ActionRun
from workflows.services import outcomes, runs, versions
from workflows.services.claims import Claim
from workflows.services.outcomes import Outcome

log = structlog.get_logger(__name__)

BATCH = 500


def sweep() -> None:
    """Everything that has to be looked for: ended leases, due retries, queued actions that nobody was told about."""
    for part in (reap, requeue_due, rehint):
        _guarded(part, what=part.__name__)


def reap() -> int:
    """End the tries whose lease is over: lost, and tried again unless the effect may have happened and has no key."""
    now = timezone.now()
    with tenancy.unscoped("one sweep serves all workspaces"):
        rows = ActionRun.objects.filter(status=ActionStatus.RUNNING, lease_until__lt=now)
        lost = list(rows.select_related("run").order_by("lease_until")[:BATCH])
        for row in lost:
            _guarded(partial(_end, row, now=now), what=f"action run {row.pk}")
    return len(lost)


def _guarded(handle: Callable[[], object], *, what: str) -> None:
    """One row that a release no longer understands must not keep the others from being recovered."""
    try:
        handle()
    except Exception:
        log.exception("recovery failed", what=what)


def _end(row: ActionRun, *, now: datetime) -> None:
    definition = versions.load(row.run.version_id).definition
    part = definition.action(row.key)
    claim = Claim(row, part, definition.policy(part.id), attempt=row.attempt, claimed_at=row.claimed_at or now)
    if outcomes.record(claim, _lost(row, now=now)):
        runs.publish_queued([row.run_id])


_UNKNOWN = {
    "code": "outcome_unknown",
    "message": "The worker stopped in the middle of this action, so nobody can tell whether it was done. "
    "It was not tried again.",
}
_LOST = {"code": "worker_lost", "message": "The worker stopped in the middle of this try."}


def _lost(row: ActionRun, *, now: datetime) -> Outcome:
    """A type that is not installed here may be one that must not be repeated."""
    action_type = action_types.find(row.type)
    may_repeat = action_type is not None and action_type.effects is not Effects.ONCE
    return Outcome(
        finished_at=now,
        kind=AttemptOutcome.LOST,
        error=_LOST if may_repeat else _UNKNOWN,
        is_retryable=may_repeat,
    )


def requeue_due() -> int:
    """Make waiting actions whose time has come claimable, and publish them."""
    now = timezone.now()
    with tenancy.unscoped("one sweep serves all workspaces"), transaction.atomic():
        rows = ActionRun.objects.filter(status=ActionStatus.WAITING, due_at__lte=now).order_by("due_at")
        due = list(rows.select_for_update(skip_locked=True)[:BATCH])
        ids = [row.pk for row in due]
        ActionRun.objects.filter(pk__in=ids).update(status=ActionStatus.QUEUED, due_at=None, hinted_at=now)
        runs.publish_queued({row.run_id for row in due})
    return len(due)


def rehint() -> int:
    """Publish again for actions that are queued for too long (`hints.publish_again`); returns how many."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        waiting = ActionRun.objects.filter(status=ActionStatus.QUEUED)
        return hints.publish_again(waiting, queue=runs.QUEUE, publish_rows=_publish)


def _publish(action_runs: Sequence[ActionRun]) -> None:
    runs.publish_queued({row.run_id for row in action_runs})
