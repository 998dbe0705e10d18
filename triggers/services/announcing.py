"""Events that we make ourselves, for many workspaces at once, each for one trigger: what a clock or a poller found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from core import publish
from core.ids import new_id
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
    columns: list[Any] = [
        [each.uid for each in announcements],
        [each.workspace_id for each in announcements],
        [each.addressee for each in announcements],
        [each.type for each in announcements],
        [each.source for each in announcements],
        [each.id for each in announcements],
        [each.time for each in announcements],
        [json.dumps(each.data) for each in announcements],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, now, *columns])
        stored = {row[0] for row in cursor.fetchall()}
    publish.batch(MATCH_TASK, [each.uid for each in announcements if each.uid in stored], queue=QUEUE)
    return len(stored)


# Written out: the ORM prepares twenty columns of each row, most of them empty; that was half of the time of a tick.
_INSERT = """INSERT INTO triggers_event (
    subject, is_public, depth, received_at, hinted_at,
    id, workspace_id, addressee, type, source, event_id, time, data)
SELECT '', false, 0, %s, %s, new.* FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::jsonb[]) AS new
ON CONFLICT DO NOTHING RETURNING id"""
