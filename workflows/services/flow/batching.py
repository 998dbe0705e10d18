"""The event that is made of a batch: it holds all of its events, as templates and conditions see them."""

from collections.abc import Sequence
from datetime import datetime

from core import tenancy
from core.ids import new_id
from triggers.context import event_names
from triggers.models import Event
from triggers.services.settling import Held
from workflows.services import runs

TYPE = "events.batched"


def of(held: Sequence[Held], *, key: str, now: datetime) -> Event:
    """An event with those of a batch, in the order in which they came; not stored, matched, and for nobody else.

    **Shape** of its data: {"events": [as `event` is named], "count": number, "key": text of the key}. It is as deep as
    the deepest of them, and says which run sent that one. An event that two triggers of the workflow wanted is in it
    twice, as it would have started two runs.
    """
    events = Event.objects.in_bulk([each.event_id for each in held])
    deepest = max(events.values(), key=lambda event: event.depth)
    uid = new_id()
    return Event(
        id=uid,
        workspace_id=tenancy.current_workspace_id(),
        source=runs.SOURCE,
        event_id=str(uid),
        type=TYPE,
        time=now,
        data={"events": [event_names(events[each.event_id]) for each in held], "count": len(held), "key": key},
        is_public=False,
        cause_run=deepest.cause_run,
        depth=deepest.depth,
        root=deepest.root,
        received_at=now,
        matched_at=now,
    )
