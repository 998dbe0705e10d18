"""A connection of the role for queries, for one query: bound to the workspace, read only, closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import sql
from psycopg.rows import TupleRow

from core import sql_values, tenancy
from triggers.engine.sql.checking import SCHEMA
from triggers.services.querying import role
from triggers.services.querying.errors import NotEnabledError, TooManyQueriesError, UnavailableError

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3
_NOT_THERE = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InsufficientPrivilege,
)

Session = psycopg.Connection[TupleRow]

# One that may do more than it needs is not used: its rights would be those of whoever gets past the check.
_POWERS = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
    OR EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')
    )
FROM pg_roles WHERE rolname = current_user
"""
_LIMITS = """
SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = {milliseconds}; SET LOCAL lock_timeout = 100;
SET LOCAL idle_in_transaction_session_timeout = 10000; SET LOCAL work_mem = '16MB'; SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL "sequitur.query" = {seal}
"""


@contextmanager
def begun(workspace_id: UUID) -> Iterator[tuple[Session, str]]:
    """A session in whose transaction the view shows the workspace's events, and what it is bound by.

    Raises `NotEnabledError`, `TooManyQueriesError`, `UnavailableError`; what psycopg raises in the block goes on.
    """
    seal = _seal(workspace_id)
    session = _connect(workspace_id)
    try:
        _limit(session, seal)
        yield session, seal
    finally:
        session.close()


def _limit(session: Session, seal: str) -> None:
    session.read_only = True
    given = {"milliseconds": sql.Literal(role.TIMEOUT_SECONDS * 1000), "seal": sql.Literal(seal)}
    try:
        powers = session.execute(_POWERS).fetchone()
        session.execute(sql.SQL(_LIMITS).format(**given))
    except psycopg.Error as error:
        log.warning("a session for queries over events cannot be begun", error=str(error))
        raise UnavailableError from None
    if powers is None or powers[0]:
        log.error("the role for queries over events may do too much", role=role.name())
        raise NotEnabledError


def bind_first(session: Session, first_id: UUID) -> None:
    """Let the view leave out what was written before."""
    session.execute(sql.SQL('SET LOCAL "sequitur.query_first" = {}').format(sql.Literal(str(first_id))))


def is_bound(session: Session, seal: str) -> bool:
    """Whether the session is still bound as it was: nothing that was run can have changed that unnoticed."""
    row = session.execute("SELECT current_setting('sequitur.query')").fetchone()
    return row is not None and row[0] == seal


def _seal(workspace_id: UUID) -> str:
    """The setting that binds a session. Asked for as the owner of the view, since nobody else may."""
    if not settings.SEQUITUR_QUERY_DATABASE_URL:
        raise NotEnabledError
    try:
        # In a savepoint: where it is missing, the transaction of whoever checks a workflow goes on.
        with tenancy.unscoped("the seal is not a row"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {SCHEMA}.sealed(%s)", [workspace_id])
            return str(cursor.fetchone()[0])
    except DatabaseError as error:
        if isinstance(error.__cause__, _NOT_THERE):
            log.warning("what queries over events need is missing: manage.py query_role", error=str(error))
            raise NotEnabledError from None
        raise


def _connect(workspace_id: UUID) -> Session:
    given: dict[str, Any] = {
        "dbname": connection.settings_dict["NAME"],  # where the view is, whatever the URL says
        "connect_timeout": CONNECT_SECONDS,
        "application_name": f"sequitur:{workspace_id}",  # what policies go by, if ever it met a table
        "client_encoding": "utf8",
        "options": "",
    }
    try:
        session: Session = psycopg.connect(settings.SEQUITUR_QUERY_DATABASE_URL, prepare_threshold=None, **given)
    except psycopg.OperationalError as error:
        if "too many connections" in str(error):  # libpq has no SQLSTATE for what happens while it connects
            text = f"{role.CONNECTIONS} queries run at this moment, as many as may; try again."
            raise TooManyQueriesError(text, retry_after_seconds=1) from None
        log.warning("the role for queries over events cannot log in", error=str(error))
        raise UnavailableError from None
    sql_values.register(session)
    return session
