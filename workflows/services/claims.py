"""Take an action, so that nobody else performs the same try."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core import tenancy
from workflows.definitions.document import ActionPart
from workflows.engine.retry import RetryPolicy
from workflows.engine.states import ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import versions


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to perform one try. `attempt` is the fence: a write with another number changes nothing."""

    action_run: ActionRun
    part: ActionPart
    policy: RetryPolicy
    attempt: int
    claimed_at: datetime

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of the action, and for no other action run."""
        return str(self.action_run.pk)


def claim(action_run_id: UUID) -> Claim | None:
    """Claim a queued action, by compare-and-set; None when it is not queued (any more).

    A doubled, late or stale message therefore does nothing. The lease lasts for the action's time-out and some grace:
    whoever is silent for longer is taken for dead.
    """
    with tenancy.unscoped("the message names an action, and the action its workspace"):
        row = ActionRun.objects.select_related("run", "workspace").filter(pk=action_run_id).first()
    if row is None or row.status != ActionStatus.QUEUED:
        return None
    now = timezone.now()
    with tenancy.scope(row.workspace_id):
        definition = versions.load(row.run.version_id).definition
        part = definition.action(row.key)
        lease = timedelta(seconds=part.timeout_seconds + settings.SEQUITUR_LEASE_GRACE_SECONDS)
        claimed = ActionRun.objects.filter(pk=row.pk, status=ActionStatus.QUEUED, attempt=row.attempt).update(
            status=ActionStatus.RUNNING,
            attempt=F("attempt") + 1,
            claimed_at=now,
            started_at=row.started_at or now,
            lease_until=now + lease,
            due_at=None,
            hinted_at=None,
        )
        if not claimed:
            return None
        if row.run.status == RunStatus.QUEUED:
            Run.objects.filter(pk=row.run_id, status=RunStatus.QUEUED).update(status=RunStatus.RUNNING, started_at=now)
    return Claim(row, part, definition.policy(part.id), attempt=row.attempt + 1, claimed_at=now)
