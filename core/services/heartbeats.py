"""Signs of life: a row for each worker and for beat, written by workers that have just done something.

Asking workers over the broker takes as long as the slowest may take to answer, and says nothing when the broker does
not. A worker does a task of beat's every second or so, so one that is silent for a minute has no such task, or is gone.
Beat itself is alive when a task that it sends every second was done.
"""

import platform
import time
from datetime import timedelta

import structlog
from celery import signals
from django.db import DatabaseError
from django.utils import timezone

from core.models import Heartbeat

log = structlog.get_logger(__name__)

BEAT = "beat"
BEAT_TASK = "triggers.tick"
EVERY_SECONDS = 10.0
FORGOTTEN_AFTER = timedelta(days=1)


class _Pulse:
    """When this process last wrote a name. A race between threads costs a row written twice."""

    def __init__(self) -> None:
        self.written_at: dict[str, float] = {}

    def is_due(self, name: str) -> bool:
        now = time.monotonic()
        if now - self.written_at.get(name, -EVERY_SECONDS) < EVERY_SECONDS:
            return False
        self.written_at[name] = now
        return True


pulse = _Pulse()


def connect() -> None:
    """Let every task that a worker has done be a sign of its life."""
    signals.task_postrun.connect(_after_task, dispatch_uid="core.heartbeats")


def _after_task(task: object = None, **_: object) -> None:
    request = getattr(task, "request", None)
    if request is None or request.called_directly or getattr(request, "is_eager", False):
        return
    worker = str(request.hostname or platform.node())
    alive = [worker, BEAT] if getattr(task, "name", "") == BEAT_TASK else [worker]
    if names := [name for name in alive if pulse.is_due(name)]:
        try:
            write(names)
        except DatabaseError as error:  # a sign of life is no reason for a task to fail
            log.warning("no heartbeat written", error=repr(error))


def write(names: list[str]) -> None:
    """Write that these are alive now, and forget who was silent for a day. Safe to repeat, and from two at once."""
    now = timezone.now()
    rows = [Heartbeat(name=name[:255], at=now) for name in sorted(names)]
    Heartbeat.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["at"])
    if BEAT in names:
        Heartbeat.objects.filter(at__lt=now - FORGOTTEN_AFTER).delete()
