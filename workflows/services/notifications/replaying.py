"""Send a notification again, because a person says so."""

import structlog
from django.db import transaction
from django.utils import timezone

from core.errors import ConflictError
from core.ids import new_id
from core.services import audit
from workflows.engine.notices import DeliveryStatus
from workflows.models import NotificationDelivery
from workflows.services.notifications import telling

log = structlog.get_logger(__name__)


def replay(row: NotificationDelivery, *, by: str, reason: str = "") -> NotificationDelivery:
    """A new row that is sent at once, by itself, in the words that were sent before; those that never were are filled
    in now. The old row stays as it is.

    Raises `ConflictError` for one that is still to be sent.
    """
    if row.status == DeliveryStatus.PENDING:
        raise ConflictError("It is still to be sent, so there is nothing to replay yet.")
    now = timezone.now()
    same = ("workspace_id", "workflow_id", "run_id", "action_run_id", "policy", "trigger", "occurrence", "place",
            "channel", "connection", "about", "to", "subject", "text", "html")  # fmt: skip
    with transaction.atomic():
        new = NotificationDelivery.objects.create(
            id=new_id(),
            **{name: getattr(row, name) for name in same},
            replay_of=row,
            replayed_by=by or "somebody",
            hinted_at=now,
            created_at=now,
        )
        telling.hint([new])
        audit.record(
            "notification.replayed",
            by=by,
            target="notification",
            target_id=row.pk,
            reason=reason,
            after={"run": str(row.run_id), "result": str(new.pk)},
        )
    log.info("notification replayed", notification_id=str(row.pk), replay=str(new.pk), by=by)
    return new
