"""What the sender of a request is told, and the wait for it: bounded in time, and in how many may wait at once."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings

from triggers import ports
from triggers.models import Decision, Event, Firing, Trigger
from triggers.ports import Answer
from triggers.services.ingest import Accepted
from triggers.types.webhook import Params

FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.25
GROWTH = 1.5
RETRY_AFTER_SECONDS = 5

_places = BoundedSemaphore(settings.SEQUITUR_MAX_WAITING_SENDERS)  # threads of this process that may wait


def answer(
    accepted: Accepted, *, trigger: Trigger, params: Params, sleep: Callable[[float], None] = time.sleep
) -> Answer:
    """What the sender is told.

    1. 202 with the event's id at once, where the trigger waits for nothing.
    2. The answer of the run; that nothing fired; or what `ports.response` raises.
    3. 202 and `Retry-After`, when nobody may wait any more, or not for so long: the same delivery, sent again, is the
       same event, and is answered by the same run.
    """
    receipt = {"id": accepted.event.event_id, "duplicate": accepted.duplicate}
    if params.respond == "immediately":
        return Answer(202, receipt)  # 1
    later = Answer(202, receipt, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if not _places.acquire(blocking=False):
        return later  # 3
    try:
        ends_at, pause = time.monotonic() + params.respond_within_seconds, FIRST_PAUSE_SECONDS
        while True:
            if found := _look(accepted.event, trigger=trigger, respond=params.respond, receipt=receipt):
                return found  # 2
            left = ends_at - time.monotonic()
            if left <= 0:
                return later  # 3
            sleep(min(pause, left))
            pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)
    finally:
        _places.release()


def _look(event: Event, *, trigger: Trigger, respond: str, receipt: dict[str, Any]) -> Answer | None:
    """In this order: firings are stored in the transaction that decides, so those of a decided event are all there, but
    for those that are pending."""
    if not Event.objects.filter(pk=event.pk, matched_at__isnull=False).exists():
        return None
    firing = Firing.objects.filter(event=event.pk, trigger=trigger.pk).first()
    if firing is None and Decision.objects.filter(event=event.pk, trigger=trigger.pk, verdict="pending").exists():
        return None
    if firing is None:
        return Answer(202, {**receipt, "fired": False})
    return ports.response(firing, respond=respond)
