"""Find what a lost message or a dead worker left behind, and bring it back onto the normal road.

Called by a tick, every few seconds, by as many sweepers as there are: rows are taken with SKIP LOCKED, and everything
that is done here is a compare-and-set that a second one would find done.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from actions.base import Effects
from actions.registry import action_types
from core import publish, tenancy
from workflows.engine.states import ActionStatus, AttemptOutcome
from workflows.models import ActionRun
from workflows.services import outcomes, runs, versions
from workflows.services.claims import Claim
from workflows.services.outcomes import Outcome

log = structlog.get_logger(__name__)

BATCH = 500


def sweep() -> None:
    """Everything that has to be looked for: ended leases, due retries, queued actions that nobody was told about."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        reap()
        requeue_due()
        rehint()


def reap() -> int:
    """End the tries whose lease is over: lost, and tried again unless the effect may have happened and has no key."""
    now = timezone.now()
    rows = ActionRun.objects.filter(status=ActionStatus.RUNNING, lease_until__lt=now)
    lost = list(rows.select_related("run").order_by("lease_until")[:BATCH])
    for row in lost:
        definition = versions.load(row.run.version_id).definition
        part = definition.action(row.key)
        claim = Claim(row, part, definition.policy(part.id), attempt=row.attempt, claimed_at=row.claimed_at or now)
        if outcomes.record(claim, _lost(row, now=now)):
            runs.publish_queued(row.run)
        log.warning("lease ended", action_run_id=str(row.pk), action=row.key, attempt=row.attempt)
    return len(lost)


_UNKNOWN = {
    "code": "outcome_unknown",
    "message": "The worker stopped in the middle of this action, so nobody can tell whether it was done. "
    "It was not tried again.",
}
_LOST = {"code": "worker_lost", "message": "The worker stopped in the middle of this try."}


def _lost(row: ActionRun, *, now: datetime) -> Outcome:
    action_type = action_types.find(row.type)
    may_repeat = action_type is None or action_type.effects is not Effects.ONCE
    return Outcome(
        finished_at=now,
        kind=AttemptOutcome.LOST,
        error=_LOST if may_repeat else _UNKNOWN,
        is_retryable=may_repeat,
    )


@transaction.atomic
def requeue_due() -> int:
    """Make waiting actions whose time has come claimable, and publish them."""
    now = timezone.now()
    rows = ActionRun.objects.filter(status=ActionStatus.WAITING, due_at__lte=now).order_by("due_at")
    due = list(rows.select_for_update(skip_locked=True)[:BATCH])
    ids = [row.pk for row in due]
    ActionRun.objects.filter(pk__in=ids).update(status=ActionStatus.QUEUED, due_at=None, hinted_at=now)
    for row in due:
        runs.publish_from(row)
    return len(due)


def rehint() -> int:
    """Publish again for actions that are queued for too long; returns how many.

    As many as the broker is short of (`publish.shortfall`), which it is asked before any row is locked.
    """
    now = timezone.now()
    old = now - timedelta(seconds=settings.SEQUITUR_REHINT_SECONDS)
    rows = ActionRun.objects.filter(status=ActionStatus.QUEUED, hinted_at__lt=old).order_by("hinted_at")
    missing = publish.shortfall(runs.QUEUE, waiting=rows[:BATCH].count())
    with transaction.atomic():
        found = list(rows.select_for_update(skip_locked=True)[:missing])
        ActionRun.objects.filter(pk__in=[row.pk for row in found]).update(hinted_at=now)
        for row in found:
            runs.publish_from(row)
    return len(found)
