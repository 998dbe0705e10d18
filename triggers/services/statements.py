"""The statement that stores events, as SQL: one for any number of rows, its values sent in binary as one array each.

Measured with 1,000 events of 900 bytes (`benchmarks/ingest.py`): some 50 ms, where `bulk_create` takes 250 ms and COPY,
which cannot pass over what is there already, 40 ms. As text, or with the values in the statement, the arrays take as
long as `bulk_create`: every quote in JSON is escaped twice.
"""

import json
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import Cursor

from core import backlogs
from triggers.models import Event
from triggers.services.dispatching import LINE

# What is known of an event when it is accepted; the other columns are empty until it is decided.
_TYPES = {
    "id": "uuid",
    "workspace_id": "uuid",
    "source": "text",
    "event_id": "text",
    "type": "text",
    "subject": "text",
    "time": "timestamptz",
    "data": "jsonb",
    "request": "jsonb",
    "extensions": "jsonb",
    "warnings": "jsonb",
    "addressee": "uuid",
    "is_public": "boolean",
    "cause_run": "uuid",
    "root": "uuid",
    "depth": "int2",
    "received_at": "timestamptz",
    "hinted_at": "timestamptz",
}
_JSON = {name for name, type_ in _TYPES.items() if type_ == "jsonb"}
_SPECIAL = {"id": "new.id", "hinted_at": "CASE WHEN rank <= room THEN hinted_at END"}
_SELECTED = ", ".join(f"{name}::jsonb" if name in _JSON else _SPECIAL.get(name, name) for name in _TYPES)
_ARRAYS = ", ".join(f"%({name})b::{'text' if name in _JSON else type_}[]" for name, type_ in _TYPES.items())
# `rank`: its place among those of its workspace. Where there is room for it, it has a message, and else it has to wait.
BEHIND, HINTED, EXPRESS = 0, 1, 2
_INSERT = f"""
WITH room AS MATERIALIZED (
    SELECT w.id, {backlogs.room(LINE, "w.id", "w.weight")} AS room, w.weight * %(window)s::int AS whole
    FROM core_workspace w WHERE w.id = ANY(%(workspaces)s)
)
INSERT INTO {Event._meta.db_table} ({", ".join(_TYPES)}, queue_priority)
SELECT {_SELECTED}, CASE WHEN rank > room THEN 0 END
FROM unnest({_ARRAYS}, %(rank)b::int[]) WITH ORDINALITY AS new ({", ".join(_TYPES)}, rank, number)
JOIN room ON room.id = new.workspace_id ORDER BY number
ON CONFLICT (workspace_id, source, event_id) DO NOTHING
RETURNING id, CASE WHEN hinted_at IS NULL THEN {BEHIND}
    WHEN (SELECT room = whole FROM room WHERE room.id = workspace_id) THEN {EXPRESS} ELSE {HINTED} END
"""  # noqa: S608, SLF001  made of constants; Django documents `_meta`


def insert(events: Sequence[Event]) -> dict[UUID, int]:
    """Store those events, of any workspaces, whose (workspace, source, event_id) is new, and return their ids.

    To each, whether it is in the backlog of its workspace (`BEHIND`), or there is room for a message about it now
    (`HINTED`), or its workspace has no other in the queue (`EXPRESS`).

    Concurrency: waits for others that store the same key; give the events in the order of their keys, so that no two
    wait for each other. Raises Django's database errors.
    """
    ranks: Counter[UUID] = Counter()
    values = {name: _column(events, name) for name in _TYPES}
    values["rank"] = [_count(ranks, row.workspace_id) for row in events]
    values["workspaces"] = list(ranks)
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(_INSERT, {**values, "window": backlogs.window()})
        return dict(cursor.fetchall())


def _count(ranks: Counter[UUID], workspace_id: UUID) -> int:
    ranks[workspace_id] += 1
    return ranks[workspace_id]


def _column(events: Sequence[Event], name: str) -> list[Any]:
    values = map(attrgetter(name), events)
    if name not in _JSON:
        return list(values)
    return [None if value is None else _write_json(value) for value in values]


_write_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: `json.dumps` makes an encoder for each value
