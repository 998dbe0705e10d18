"""Messages about events, handed to services."""

from typing import Any

from celery import shared_task

from core import publish
from triggers.services import detecting, giving_up, matching, noticing, recovery, table_changes, tallies, ticking


@shared_task(name="triggers.match_events", bind=True)
def match_events(self: Any, event_ids: list[str], *, again: bool = False) -> None:
    """Let the triggers decide on events; on those of a message that came back, with care."""
    ids = publish.ids_of(event_ids)
    if again or publish.is_redelivered(self.request):
        giving_up.match_carefully(ids)
    else:
        matching.match_many(ids)


@shared_task(name="triggers.sweep", acks_late=False)
def sweep() -> None:
    """Look for events whose hint was lost, and for changes of watched tables."""
    recovery.rehint()
    recovery.refill()
    table_changes.convert()


@shared_task(name="triggers.sum_up", acks_late=False)
def sum_up() -> None:
    """Make few rows of the many that count what was decided, and forget what triggers counted long ago."""
    tallies.sum_up()
    detecting.forget_over()


@shared_task(name="triggers.tick", acks_late=False)
def tick() -> None:
    """Let schedules fire whose time has come."""
    ticking.tick()


@shared_task(name="triggers.notice", acks_late=False)
def notice() -> None:
    """Let triggers fire for what did not come in time."""
    noticing.notice()
