"""Messages about events, handed to services."""

from typing import Any

from celery import shared_task

from core import publish
from triggers.services import (
    detecting,
    giving_up,
    matching,
    noticing,
    query_watches,
    query_watching,
    recovery,
    table_changes,
    tallies,
    ticking,
)


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


@shared_task(name="triggers.find_watches", acks_late=False)
def find_watches() -> None:
    """Publish for the queries of triggers that are due."""
    query_watches.dispatch()


@shared_task(name="triggers.ask_watches", acks_late=False)
def ask_watches(watch_ids: list[str]) -> None:
    """Ask the queries of triggers that are due among these."""
    query_watching.ask_many(publish.ids_of(watch_ids))
