"""Find events whose hint was lost, and publish it again."""

from collections.abc import Sequence

from core import hints, publish, tenancy
from triggers.models import Event
from triggers.services.ingest import MATCH_TASK, QUEUE


def rehint() -> int:
    """Publish again for events that wait too long (`hints.publish_again`); returns how many."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        waiting = Event.objects.filter(matched_at__isnull=True)
        return hints.publish_again(waiting, queue=QUEUE, publish_rows=_publish)


def _publish(events: Sequence[Event]) -> None:
    publish.batch(MATCH_TASK, [event.pk for event in events], queue=QUEUE)
