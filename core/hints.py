"""Publish again for rows whose message was lost. A row that waits says in `hinted_at` when its message was sent."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from core import publish

M = TypeVar("M", bound=models.Model)

BATCH = 500
COUNTED = 50_000  # a queue longer than this has not lost what matters now


def publish_again(rows: models.QuerySet[M], *, queue: str, publish_rows: Callable[[Sequence[M]], None]) -> int:
    """Publish for the oldest of the waiting `rows` whose message seems lost; returns for how many.

    A long queue is not a loss: it is short of as many messages as it has fewer than rows wait, and so many are taken of
    those that wait for `SEQUITUR_REHINT_SECONDS` or longer. The broker is asked before any row is locked.
    Concurrency: SKIP LOCKED, so two sweepers never publish for the same row.
    """
    now = timezone.now()
    old = rows.filter(hinted_at__lt=now - timedelta(seconds=settings.SEQUITUR_REHINT_SECONDS))
    if not old.exists():
        return 0
    missing = publish.shortfall(queue, waiting=rows.filter(hinted_at__isnull=False)[:COUNTED].count())
    with transaction.atomic():
        found = list(old.order_by("hinted_at").select_for_update(skip_locked=True)[: min(missing, BATCH)])
        rows.filter(pk__in=[row.pk for row in found]).update(hinted_at=now)
        publish_rows(found)
    return len(found)
