"""Run the statements of the hot path: prepared, and planned once per connection.

Planning four parts of a statement takes PostgreSQL three times as long as running them.
"""

from typing import Any, LiteralString
from weakref import WeakSet

from django.conf import settings
from django.db import connection
from psycopg import Connection, Cursor

from core.row_security.cursors import PreparedCursor


def fetch(statement: LiteralString, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows that the statement returns; JSON comes as text. Raises Django's database errors."""
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors, _CURSOR(raw) as cursor:
        if raw not in _ready:
            cursor.execute(_PLAN_ONCE)
            raw.prepare_threshold = _NEVER_BY_ITSELF
            _ready.add(raw)
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


# Every statement finds its rows by an index that fits, whatever the values. The cost makes that the best plan also for
# tables that are small when it is made, and would be read as a whole for ever after.
_PLAN_ONCE: LiteralString = "SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1"
_NEVER_BY_ITSELF = 1_000_000_000  # Django's None would mean: not even when a statement asks for it
_CURSOR: type[Cursor[Any]] = PreparedCursor if settings.SEQUITUR_ROW_SECURITY != "off" else Cursor
_ready: WeakSet[Connection[Any]] = WeakSet()
