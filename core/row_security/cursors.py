"""Cursors that tell the session the scope before they send anything."""

from collections.abc import Iterator
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from core.row_security import following


class _Following:
    """What is sent with `execute`, `executemany`, `copy` or `stream` is sent in the scope of the moment."""

    _conn: psycopg.Connection[Any]

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        following.follow(self._conn)
        return super().execute(*args, **kwargs)  # type: ignore[misc]  # of the cursor that it is mixed into

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        following.follow(self._conn)
        return super().executemany(*args, **kwargs)  # type: ignore[misc]  # as above

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        following.follow(self._conn)
        return super().copy(*args, **kwargs)  # type: ignore[misc]  # as above

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        following.follow(self._conn)
        return super().stream(*args, **kwargs)  # type: ignore[misc,no-any-return]  # as above


class Cursor(_Following, base.Cursor):
    """Django's, for all that it does."""


class ServerSideCursor(_Following, base.ServerSideCursor):
    """Django's for `iterator()`. Its rows are those of the scope in which the first is fetched."""


class PreparedCursor(_Following, psycopg.Cursor[Any]):
    """For `core.prepared`."""
