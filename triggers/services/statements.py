"""The statement that stores events, as SQL: one for any number of rows, its values sent in binary as one array each.

Measured with 1,000 events of 900 bytes (`benchmarks/ingest.py`): some 50 ms, where `bulk_create` takes 250 ms and COPY,
which cannot pass over what is there already, 40 ms. As text, or with the values in the statement, the arrays take as
long as `bulk_create`: every quote in JSON is escaped twice.
"""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import Cursor

from triggers.models import Event

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
    "depth": "int2",
    "received_at": "timestamptz",
    "hinted_at": "timestamptz",
}
_JSON = {name for name, type_ in _TYPES.items() if type_ == "jsonb"}
_SELECTED = ", ".join(f"{name}::jsonb" if name in _JSON else name for name in _TYPES)
_ARRAYS = ", ".join(f"%b::{'text' if name in _JSON else type_}[]" for name, type_ in _TYPES.items())
_INSERT = f"""
INSERT INTO {Event._meta.db_table} ({", ".join(_TYPES)})
SELECT {_SELECTED} FROM unnest({_ARRAYS}) AS new ({", ".join(_TYPES)})
ON CONFLICT (workspace_id, source, event_id) DO NOTHING RETURNING id
"""  # noqa: S608, SLF001  made of constants; Django documents `_meta`


def insert(events: Sequence[Event]) -> set[UUID]:
    """Store those events, of any workspaces, whose (workspace, source, event_id) is new, and return their ids.

    Concurrency: waits for others that store the same key; give the events in the order of their keys, so that no two
    wait for each other. Raises Django's database errors.
    """
    values = [_column(events, name) for name in _TYPES]
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(_INSERT, values)
        return {uid for (uid,) in cursor.fetchall()}


def _column(events: Sequence[Event], name: str) -> list[Any]:
    values = map(attrgetter(name), events)
    if name not in _JSON:
        return list(values)
    return [None if value is None else _write_json(value) for value in values]


_write_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: `json.dumps` makes an encoder for each value
