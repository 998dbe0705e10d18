"""Accept events: one row, once, before anybody is told that it was accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import publish, tenancy
from core.ids import new_id
from core.models import Workspace
from triggers.models import Event

MATCH_TASK = "triggers.match_events"
QUEUE = "events"


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event as it was sent; empty fields get their defaults on acceptance.

    The other fields are those of `Event`: who it is for, the request it came with, the run that sent it.
    """

    type: str
    data: Any
    id: str = ""
    source: str = ""
    subject: str = ""
    time: datetime | None = None
    request: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    addressee: UUID | None = None
    is_public: bool = True
    cause_run: UUID | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The stored event, and whether it had been accepted before."""

    event: Event
    duplicate: bool


def accept(incoming: IncomingEvent, *, workspace: Workspace) -> Accepted:
    """Store an event of the workspace in scope, and hint that it waits to be matched (`accept_many`)."""
    return accept_many([incoming], workspace=workspace)[0]


@transaction.atomic
def accept_many(incoming: Sequence[IncomingEvent], *, workspace: Workspace) -> list[Accepted]:
    """Store events of the workspace in scope, all or none, and hint that they wait to be matched. Answers in order.

    The same (source, id) is stored once, also within one call; the second changes nothing and is answered with the
    first event. Two calls at once are told apart by the unique constraint.
    """
    now = timezone.now()
    events = [_new(each, workspace=workspace, now=now) for each in incoming]
    Event.objects.bulk_create(sorted(events, key=_key), ignore_conflicts=True)
    stored = _stored(events)
    publish.batch(MATCH_TASK, [row.pk for row in events if stored[_key(row)].pk == row.pk], queue=QUEUE)
    return [Accepted(stored[_key(row)], duplicate=stored[_key(row)].pk != row.pk) for row in events]


def _new(incoming: IncomingEvent, *, workspace: Workspace, now: datetime) -> Event:
    uid = new_id()
    return Event(
        id=uid,
        workspace_id=tenancy.current_workspace_id(),
        source=incoming.source or workspace.slug,
        event_id=incoming.id or str(uid),
        type=incoming.type,
        subject=incoming.subject,
        time=incoming.time or now,
        data=incoming.data,
        request=incoming.request,
        extensions=incoming.extensions,
        addressee=incoming.addressee,
        is_public=incoming.is_public,
        cause_run=incoming.cause_run,
        depth=incoming.depth,
        received_at=now,
        hinted_at=now,
    )


def _key(row: Event) -> tuple[str, str]:
    return row.source, row.event_id


def _stored(events: Sequence[Event]) -> dict[tuple[str, str], Event]:
    """What is stored under the keys of these events: they themselves, or those that came before."""
    own = {row.pk for row in Event.objects.filter(pk__in=[row.pk for row in events]).only("pk")}
    found = {_key(row): row for row in events if row.pk in own}
    missing = {_key(row) for row in events} - found.keys()
    if missing:
        rows = Event.objects.filter(event_id__in=[event_id for _, event_id in missing])
        found |= {_key(row): row for row in rows if _key(row) in missing}
    return found
