"""Messages about events, handed to services."""

from uuid import UUID

from celery import shared_task

from triggers.services import matching, recovery, table_changes, tallies, ticking


@shared_task(name="triggers.match_events")
def match_events(event_ids: list[str]) -> None:
    """Let the triggers decide on events."""
    matching.match_many([UUID(each) for each in event_ids])


@shared_task(name="triggers.sweep", acks_late=False)
def sweep() -> None:
    """Look for events whose hint was lost, and for changes of watched tables."""
    recovery.rehint()
    table_changes.convert()


@shared_task(name="triggers.sum_up", acks_late=False)
def sum_up() -> None:
    """Make few rows of the many that count what was decided."""
    tallies.sum_up()


@shared_task(name="triggers.tick", acks_late=False)
def tick() -> None:
    """Let schedules fire whose time has come."""
    ticking.tick()
