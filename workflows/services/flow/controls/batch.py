"""Events that are done together: so many, or those of some seconds, become one run."""

from datetime import timedelta

from django.conf import settings

from core.redaction import shortening
from triggers.context import event_names
from triggers.models import Event
from triggers.ports import Admission
from workflows.engine.flow import gathering as rules
from workflows.services.flow import gathering
from workflows.services.flow.gathering import Gatherer
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import State

LARGEST_EVENTS = 4  # so many events of the largest size that the server accepts (1 MiB by default) have room in one


class Batch(Gatherer):
    """Starts with `max_events`, or `seconds` after the first. Ends early where the next event would be too much.

    The event that fills it ends it for what comes after, in the same transaction; whoever hears of the commit closes it
    (`services.flow.closing`), since what its run may be held back by has other keys, to be locked in one order.
    """

    name = "batch"

    def template(self, start: Start) -> str | None:
        return start.flow.batch.key if start.flow.batch is not None and not start.is_gathered else None

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        batch = start.flow.batch
        if batch is None:
            return None
        row, size = self.taking(start, state), _size_bytes(start.event)
        if not rules.has_room(size_bytes=row.size_bytes, more_bytes=size, max_bytes=max_bytes()):
            self.shut(state, due_at=start.now)
            row = self.taking(start, state)
        if row.count == 0:
            row.due_at = start.now + timedelta(seconds=batch.seconds)
        row.max_events, row.size_bytes = batch.max_events, row.size_bytes + size
        self.add(row, start, state)
        if row.count >= batch.max_events:
            self.shut(state, due_at=start.now)
        return gathering.pending(row, reason=gathering.said(row))


def max_bytes() -> int:
    """How large the events of a batch may be together, as compact JSON."""
    return LARGEST_EVENTS * int(settings.SEQUITUR_MAX_EVENT_BYTES)


def _size_bytes(event: Event) -> int:
    return shortening.size_bytes(event_names(event))
