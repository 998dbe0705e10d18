"""Events that we make ourselves, for many workspaces at once, each for one trigger: what a clock or a poller found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core import publish
from core.ids import new_id
from triggers.models import Event
from triggers.services.ingest import MATCH_TASK, QUEUE


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event for one trigger and nobody else; the columns of `Event`."""

    workspace_id: UUID
    addressee: UUID
    type: str
    source: str
    id: str
    time: datetime
    data: Mapping[str, Any]
    uid: UUID = field(default_factory=new_id)


def announce(announcements: Sequence[Announcement], *, now: datetime) -> int:
    """Store the events, and hint that they wait to be matched; returns how many are new.

    As `ingest.accept_many`, but for rows of many workspaces in few statements; to be called unscoped, inside the
    transaction that decides that they happened. The same (source, id) is stored once.
    """
    if not announcements:
        return 0
    Event.objects.bulk_create([_event(each, now=now) for each in announcements], ignore_conflicts=True)
    own = set(Event.objects.filter(pk__in=[each.uid for each in announcements]).values_list("pk", flat=True))
    publish.batch(MATCH_TASK, [each.uid for each in announcements if each.uid in own], queue=QUEUE)
    return len(own)


def _event(each: Announcement, *, now: datetime) -> Event:
    return Event(
        id=each.uid,
        workspace_id=each.workspace_id,
        addressee=each.addressee,
        is_public=False,
        type=each.type,
        source=each.source,
        event_id=each.id,
        time=each.time,
        data=dict(each.data),
        received_at=now,
        hinted_at=now,
    )
