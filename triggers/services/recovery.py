"""Find events whose hint was lost, and publish it again."""

from collections.abc import Sequence

from core import hints, tenancy
from triggers.models import Event
from triggers.services import dispatching


def rehint() -> int:
    """Publish again for events that wait too long (`hints.publish_again`); returns how many."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        waiting = Event.objects.filter(matched_at__isnull=True, dead_at__isnull=True)
        return hints.publish_again(waiting, queue=dispatching.QUEUE, publish_rows=_publish)


def refill() -> int:
    """Publish for the next events of every workspace that has a backlog and few messages; returns for how many."""
    return dispatching.refill_all()


def _publish(events: Sequence[Event]) -> None:
    dispatching.hint([event.pk for event in events], again=True)
