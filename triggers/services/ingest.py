"""Accept events: one row, once, before anybody is told that it was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import publish, tenancy
from core.ids import new_id
from core.models import Workspace
from triggers.models import Event

MATCH_TASK = "triggers.match_event"
QUEUE = "events"


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event as it was sent; empty fields get their defaults on acceptance."""

    type: str
    data: Mapping[str, Any]
    id: str = ""
    source: str = ""
    subject: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The stored event, and whether it had been accepted before."""

    event: Event
    duplicate: bool


@transaction.atomic
def accept(incoming: IncomingEvent, *, workspace: Workspace) -> Accepted:
    """Store an event of the workspace in scope, and hint that it waits to be matched.

    The same (source, id) is stored once; the second call changes nothing and returns the first event. Two calls at once
    are told apart by the unique constraint.
    """
    now = timezone.now()
    uid = new_id()
    event = Event(
        id=uid,
        workspace_id=tenancy.current_workspace_id(),
        source=incoming.source or workspace.slug,
        event_id=incoming.id or str(uid),
        type=incoming.type,
        subject=incoming.subject,
        time=incoming.time or now,
        data=dict(incoming.data),
        received_at=now,
        hinted_at=now,
    )
    Event.objects.bulk_create([event], ignore_conflicts=True)
    stored = Event.objects.get(source=event.source, event_id=event.event_id)
    if stored.pk == uid:
        publish.task(MATCH_TASK, uid, queue=QUEUE)
    return Accepted(stored, duplicate=stored.pk != uid)
