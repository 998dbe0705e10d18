"""Messages about events, handed to services."""

from uuid import UUID

from celery import shared_task

from triggers.services import matching, recovery


@shared_task(name="triggers.match_event")
def match_event(event_id: str) -> None:
    """Let the triggers decide on an event."""
    matching.match(UUID(event_id))


@shared_task(name="triggers.sweep", acks_late=False)
def sweep() -> None:
    """Look for events whose hint was lost."""
    recovery.rehint()
