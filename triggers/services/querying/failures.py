"""What PostgreSQL says about a query, as what the caller is told: its own words, and the place in the caller's text."""

import re

import psycopg

from core.errors import Problem, SequiturError
from triggers.engine.sql.checking import SCHEMA
from triggers.engine.sql.errors import InvalidSqlError
from triggers.services.querying.errors import QueryFailedError, QueryTimeoutError, UnavailableError

MAX_MESSAGE = 500
_WORD = re.compile(r"\w+")


def told(error: psycopg.Error, *, sql: str, sent: str) -> SequiturError:
    """`sql` is what the caller wrote, `sent` what was made of it.

    1. Syntax and names (class 42), which PostgreSQL knows better than any check. 2. Time. 3. Everything that a value
    led to. Values in messages are of rows that the query read, which are the workspace's own.
    """
    state = error.sqlstate or ""
    if isinstance(error, psycopg.errors.QueryCanceled):
        return QueryTimeoutError()
    if not state or state.startswith(("08", "57")):
        return UnavailableError()
    message = _message(error)
    if state.startswith("42"):
        return InvalidSqlError("invalid_name_or_type", message, sql=sql, at=_place(error, sql=sql, sent=sent))
    return QueryFailedError(f"The query failed: {message}", problems=[Problem("/sql", state, message)])


def _message(error: psycopg.Error) -> str:
    primary = error.diag.message_primary or type(error).__name__
    text = primary.replace(f"{SCHEMA}.", "").replace("\0", "")[:MAX_MESSAGE]
    return text if text.endswith(".") else f"{text}."


def _place(error: psycopg.Error, *, sql: str, sent: str) -> int | None:
    """Where the word that PostgreSQL points at stands in the caller's text, when it stands there once."""
    position = error.diag.statement_position
    found = _WORD.match(sent, int(position) - 1) if position else None
    if found is None:
        return None
    places = [each.start() for each in _WORD.finditer(sql) if each.group() == found.group()]
    return places[0] if len(places) == 1 else None
