"""Whether the installation is at work: workers, beat and the broker, and messages of no workspace. For superusers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import publish
from core.models import DeadLetter, Heartbeat
from core.services import heartbeats

SILENT_AFTER = timedelta(seconds=60)
MOST_WORKERS = 100


@dataclass(frozen=True, slots=True)
class Health:
    """`workers` are those heard of within a day, with when; `queues` is None when the broker does not answer."""

    beat_at: datetime | None
    workers: tuple[tuple[str, datetime], ...]
    queues: dict[str, int] | None
    unreadable: int

    def is_silent(self, at: datetime | None, *, now: datetime) -> bool:
        """Whether something that was last heard of then is to be looked at."""
        return at is None or now - at > SILENT_AFTER


def read() -> Health:
    """All of it. May be called unscoped: it tells nothing of a workspace."""
    found = {row.name: row.at for row in Heartbeat.objects.order_by("-at")[:MOST_WORKERS]}
    beat_at = found.pop(heartbeats.BEAT, None)
    unreadable = DeadLetter.objects.filter(workspace=None, status="open").values_list("pk")[:1000]
    return Health(beat_at, tuple(found.items()), publish.lengths(), len(unreadable))
