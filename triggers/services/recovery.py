"""Find events whose hint was lost, and publish it again."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import publish, tenancy
from triggers.models import Event
from triggers.services.ingest import MATCH_TASK, QUEUE

BATCH = 500


def rehint() -> int:
    """Publish again for events that wait too long; returns how many.

    A long queue is not a loss: only as many are published as the broker is short of, which it is asked before any row
    is locked. Concurrency: SKIP LOCKED, so two sweepers never publish for the same row.
    """
    now = timezone.now()
    old = now - timedelta(seconds=settings.SEQUITUR_REHINT_SECONDS)
    with tenancy.unscoped("one sweep serves all workspaces"):
        rows = Event.objects.filter(matched_at__isnull=True, hinted_at__lt=old).order_by("hinted_at")
        missing = publish.shortfall(QUEUE, waiting=rows[:BATCH].count())
        with transaction.atomic():
            ids = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:missing])
            Event.objects.filter(pk__in=ids).update(hinted_at=now)
            for event_id in ids:
                publish.task(MATCH_TASK, event_id, queue=QUEUE)
    return len(ids)
