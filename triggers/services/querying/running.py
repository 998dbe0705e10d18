"""Answer SQL over the events of the workspace in scope."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import connection
from django.utils import timezone
from psycopg.rows import TupleRow

from core import ids, rates, sql_values, tenancy
from core.errors import InvalidError, Problem
from triggers.engine.sql import checking
from triggers.engine.sql.bounds import Bound
from triggers.services.querying import failures, session
from triggers.services.querying.errors import TooManyQueriesError, UnavailableError

log = structlog.get_logger(__name__)

MAX_ROWS = 1000
MAX_BYTES = 1024 * 1024
PER_MINUTE = 60  # of one workspace
AT_ONCE = 2  # of one workspace, of the four that the role may
WATCHES_AT_ONCE = 2  # of all workspaces, so that people have the rest of what the role may
_LOCK_CLASS = 0x5E9  # of advisory locks, that slots do not meet others'

Parameter = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """Of an answer; `type` is PostgreSQL's word."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Warned:
    """What the caller should know about an answer."""

    code: str
    message: str


@dataclass(slots=True)
class Answer:
    """Rows as lists in the order of the columns; `is_truncated`: there is more."""

    columns: list[Column] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    is_truncated: bool = False
    duration_ms: float = 0
    warnings: list[Warned] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is different for a query that nobody waits for. It has a minute's queries of its own, one at once in a
    workspace, does not see events of the types that are `hidden`, nor any that is older than `max_age`."""

    hidden: tuple[str, ...]
    max_rows: int
    max_age: timedelta


def answer(sql: str, parameters: Sequence[Parameter] = (), *, watch: Watch | None = None) -> Answer:
    """What the statement selects, at most `MAX_ROWS` and `MAX_BYTES` of it.

    Raises `InvalidSqlError`, `QueryTimeoutError`, `QueryFailedError`, `TooManyQueriesError`, `NotEnabledError`.
    Concurrency: the statement runs on a connection of its own; the request's holds the slot meanwhile.
    """
    workspace_id = tenancy.current_workspace_id()
    _count(workspace_id, "watches" if watch else "queries")
    checked = checking.check(sql, parameters, hidden=watch.hidden if watch else ())
    if len(parameters) != checked.parameters:
        message = f"The SQL has {checked.parameters} parameters, and {len(parameters)} values are given."
        raise InvalidError(message, problems=[Problem("/parameters", "wrong_number", message)])
    most = watch.max_rows if watch else MAX_ROWS
    wrapped = wrap(checked.sql, limit=most + 1)
    sent = _since(checked.since)
    with _slot(workspace_id, is_watch=watch is not None), session.begun(workspace_id) as (link, seal):
        began = time.monotonic()
        try:
            found = Answer()
            earliest = timezone.now() - watch.max_age if watch else None
            is_bounded = _bind_since(link, checked.since, parameters, earliest=earliest)
            sent = wrapped
            _take(found, link, wrapped, parameters, most=most)
            if not found.rows:  # of which psycopg tells no columns
                found.columns = _columns(link, wrap(checked.sql, limit=0), parameters)
            if not (found.is_truncated or session.is_bound(link, seal)):
                log.critical("a query over events changed what it is bound to", workspace_id=str(workspace_id))
                raise UnavailableError
        except psycopg.Error as error:
            raise failures.told(error, sql=sql, sent=sent) from None
    found.duration_ms = round((time.monotonic() - began) * 1000, 1)
    found.warnings = [*_warnings(found, is_bounded=is_bounded, most=most)]
    return found


def described(sql: str) -> list[Column]:
    """The columns of what the statement would answer. No event is read, and no query of the minute's is taken.

    Raises as `answer` does.
    """
    workspace_id = tenancy.current_workspace_id()
    wrapped = wrap(checking.check(sql).sql, limit=0)
    with _slot(workspace_id), session.begun(workspace_id) as (link, _):
        try:
            return _columns(link, wrapped, [])
        except psycopg.Error as error:
            raise failures.told(error, sql=sql, sent=wrapped) from None


def wrap(sql: str, *, limit: int) -> str:
    """At most so many rows, and no row that is larger than an answer may be."""
    return (
        f"SELECT * FROM ({sql}) AS sequitur_row "  # noqa: S608  written out from a checked tree
        f"WHERE {checking.SCHEMA}.fits(octet_length(sequitur_row::text)) LIMIT {limit}"
    )


def _take(found: Answer, link: session.Session, sql: str, parameters: Sequence[Parameter], *, most: int) -> None:
    """Rows as they come: those beyond the bounds are not read. The extended protocol takes one statement alone."""
    size, cursor = 0, psycopg.RawCursor[TupleRow](link)
    for row in cursor.stream(sql.encode(), list(parameters)):
        values = [sql_values.as_json(each) for each in row]
        size += len(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace"))
        found.is_truncated = len(found.rows) == most or size > MAX_BYTES
        if found.is_truncated:
            break
        found.rows.append(values)
    found.columns = _described(cursor)


def _columns(link: session.Session, sql: str, parameters: Sequence[Parameter]) -> list[Column]:
    """Those of a statement that is not executed further than to its limit of no rows."""
    cursor = psycopg.RawCursor[TupleRow](link)
    cursor.execute(sql.encode(), list(parameters), prepare=True)
    return _described(cursor)


def _described(cursor: psycopg.RawCursor[TupleRow]) -> list[Column]:
    return [Column(each.name, each.type_display) for each in cursor.description or ()]


def _bind_since(
    link: session.Session, bound: Bound | None, parameters: Sequence[Parameter], *, earliest: datetime | None
) -> bool:
    """Let the view begin where the statement does, and not before the earliest; returns whether the statement says."""
    if earliest is not None:
        session.bind_first(link, ids.floor(earliest))
    if bound is None:
        return False
    given = [] if bound.parameter is None else [parameters[bound.parameter - 1]]
    cursor = psycopg.RawCursor[TupleRow](link)
    row = cursor.execute(_since(bound).encode(), given, prepare=True).fetchone()
    since = row[0] if row else None
    if since is None:
        return False
    instant = _instant(since)
    if instant is not None and (earliest is None or instant > earliest):
        session.bind_first(link, ids.floor(instant))
    return True


def _since(bound: Bound | None) -> str:
    """SQL: the instant that a bound is."""
    return f"SELECT ({bound.sql})::timestamptz" if bound else ""


def _instant(text: str) -> datetime | None:
    """What `sql_values` made of it: text, which may be an instant that Python lacks."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _warnings(found: Answer, *, is_bounded: bool, most: int) -> Iterator[Warned]:
    if not is_bounded:
        text = "All events of the workspace were read; a condition such as received_at >= now() - interval '1 day' "
        yield Warned("no_time_bound", f"{text}reads only the newest.")
    if found.is_truncated:
        text = f"There are more rows; an answer has at most {most:,}, and {MAX_BYTES:,} bytes."
        yield Warned("truncated", text)


def _count(workspace_id: UUID, what: str) -> None:
    now = time.time()
    [state] = rates.counter.take([rates.Rule("queries", f"{workspace_id}:{what}", PER_MINUTE)], now=now)
    if state.is_exceeded:
        text = f"The workspace has asked {PER_MINUTE} queries in this minute, as many as it may."
        raise TooManyQueriesError(text, retry_after_seconds=state.reset_seconds)


@contextmanager
def _slot(workspace_id: UUID, *, is_watch: bool = False) -> Iterator[None]:
    """One of those that a workspace has; a watch takes the last alone, and one of those of all watches."""
    own = range(AT_ONCE)[-1:] if is_watch else range(AT_ONCE)
    text = f"{len(own)} queries of the workspace run at this moment, as many as may; try again."
    with _locked([f"{workspace_id} {number}" for number in own], otherwise=text):
        if not is_watch:
            yield
            return
        text = f"{WATCHES_AT_ONCE} queries of triggers run at this moment, as many as may; try again."
        with _locked([f"watches {number}" for number in range(WATCHES_AT_ONCE)], otherwise=text):
            yield


@contextmanager
def _locked(keys: Sequence[str], *, otherwise: str) -> Iterator[None]:
    """The first of the locks that is free. PostgreSQL gives it back when this process ends before the block does."""
    with tenancy.unscoped("a lock is not a row"), connection.cursor() as cursor:
        taken = next((key for key in keys if _call(cursor, "pg_try_advisory_lock", key)), None)
    if taken is None:
        raise TooManyQueriesError(otherwise, retry_after_seconds=1)
    try:
        yield
    finally:
        with tenancy.unscoped("a lock is not a row"), connection.cursor() as cursor:
            _call(cursor, "pg_advisory_unlock", taken)


def _call(cursor: Any, function: str, key: str) -> bool:
    cursor.execute(f"SELECT {function}(%s, hashtext(%s))", [_LOCK_CLASS, key])
    return bool(cursor.fetchone()[0])
