"""Count how often an event could not be decided on, and give it up when that is too often.

A try that ends its worker writes nothing, so those are counted before they are made (`begin`); others when they failed.
"""

from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from core import tenancy
from core.models import LetterKind
from core.services import dead_letters
from core.services.dead_letters import Death
from triggers.models import Event
from triggers.services.dispatching import MATCH_TASK, QUEUE

log = structlog.get_logger(__name__)

WORKER_LOST = "worker_lost"
FAILED = "matching_failed"

# Whoever has the row is deciding on it: that try is counted, or the first.
_COUNT = """
UPDATE triggers_event SET tries = tries + 1
WHERE id = (
    SELECT id FROM triggers_event WHERE id = %s AND matched_at IS NULL AND dead_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING tries
"""


def begin(event_id: UUID) -> int:
    """Count a try that is about to be made, in a transaction of its own; returns its number, 0 if none is to be made.

    An event that was tried as often as may be, and ended its worker each time, is given up instead.
    """
    number = _count(event_id)
    if number <= settings.SEQUITUR_MAX_EVENT_TRIES:
        return number
    said = f"Nobody could tell what it starts: {number - 1} tries ended their worker, or failed."
    give_up(event_id, code=WORKER_LOST, message=said)
    return 0


def failed(event_id: UUID, error: Exception, *, is_counted: bool = False) -> bool:
    """A try ended with an error: count it, unless it was, and give the event up if that is too often; whether it was.

    That the database cannot be asked is not the event's fault.
    """
    if isinstance(error, OperationalError | InterfaceError):
        return False
    number = _tries(event_id) if is_counted else _count(event_id)
    if number < settings.SEQUITUR_MAX_EVENT_TRIES:
        return False
    return give_up(event_id, code=FAILED, message=f"{type(error).__name__}: {error}")


def _count(event_id: UUID) -> int:
    own = tenancy.unscoped("the message names an event, and the event its workspace")
    with own, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT, [event_id])
        row = cursor.fetchone()
    return row[0] if row else 0


def _tries(event_id: UUID) -> int:
    with tenancy.unscoped("the message names an event, and the event its workspace"):
        return Event.objects.filter(pk=event_id).values_list("tries", flat=True).first() or 0


@transaction.atomic
def give_up(event_id: UUID, *, code: str, message: str) -> bool:
    """Leave an undecided event, with a dead letter; whether it was left. Does nothing while somebody decides on it."""
    with tenancy.unscoped("the message names an event, and the event its workspace"):
        rows = Event.objects.filter(pk=event_id, matched_at=None, dead_at=None)
        event = rows.select_for_update(skip_locked=True, no_key=True).first()
        if event is None:
            return False
        Event.objects.filter(pk=event_id).update(dead_at=timezone.now(), hinted_at=None, queue_priority=None)
    with tenancy.scope(event.workspace_id):
        dead_letters.bury(
            Death(
                LetterKind.EVENT,
                event.pk,
                code=code,
                message=message,
                attempts=event.tries,
                queue=QUEUE,
                task=MATCH_TASK,
                payload={"event": str(event.pk), "id": event.event_id, "type": event.type, "source": event.source},
            )
        )
    return True
