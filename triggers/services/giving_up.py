"""Decide with care on the events of a message whose worker was lost, and try those again that were given up."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from core import publish, tenancy
from core.errors import ConflictError
from core.models import DeadLetter
from triggers.models import Event
from triggers.services import failures, matching
from triggers.services.dispatching import MATCH_TASK, QUEUE

log = structlog.get_logger(__name__)

_COUNT_FRESH = """
UPDATE triggers_event SET tries = 1
WHERE id IN (
    SELECT id FROM triggers_event
    WHERE id = ANY(%s) AND tries = 0 AND matched_at IS NULL AND dead_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING id
"""


def match_carefully(event_ids: Sequence[UUID]) -> None:
    """Decide on events of which one may end its worker.

    1. Those that nobody has tried with care are counted, and decided on together: most messages were lost, and nothing
    is wrong with their events. 2. Each of the others is counted before it is tried alone, so the one that ends workers
    is the one that is given up. Raises the last error of those that may be tried again.
    """
    fresh = _count_fresh(event_ids)
    failure: Exception | None = None
    if fresh:  # 1
        try:
            matching.match_many(fresh, is_counted=True)
        except Exception as error:  # noqa: BLE001  raised below, after the others had their turn
            failure = error
    for event_id in (each for each in event_ids if each not in set(fresh)):  # 2
        if failures.begin(event_id):
            failure = matching.match_alone(event_id, is_counted=True) or failure
    if failure is not None:
        raise failure


def _count_fresh(event_ids: Sequence[UUID]) -> list[UUID]:
    own = tenancy.unscoped("the message names events, and the events their workspaces")
    with own, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT_FRESH, [list(event_ids)])
        counted = {pk for (pk,) in cursor.fetchall()}
    return [each for each in event_ids if each in counted]


def redrive(letter: DeadLetter, *, by: str, reason: str) -> None:
    """Let the event of a letter be decided on as if it had just come. Raises `ConflictError` where it is not dead."""
    now = timezone.now()
    rows = Event.objects.filter(pk=letter.source_id, matched_at=None, dead_at__isnull=False)
    if not rows.update(dead_at=None, tries=0, hinted_at=now):
        raise ConflictError("The event is not dead: somebody has tried it again, or it is gone.")
    publish.batch(MATCH_TASK, [letter.source_id], queue=QUEUE)
