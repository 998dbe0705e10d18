"""Connect to a workspace's database: to a checked address, never to our own, and with no role that rules the server.

1. The host's name is looked up once, and its addresses are checked by the rules of the outbound door; libpq is told the
   address (`hostaddr`), so it looks nothing up again.
2. The engine's own database is refused, by its address before anything is sent, and by the identity of the server
   behind whatever name, tunnel or replica led there.
3. A role that may run programs or read files of the server (a superuser may) is refused: a transaction that is read
   only would not keep it from that.
4. A watchdog ends the connection at the deadline, whatever the server does.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from functools import cache

import psycopg
from django.db import connection as own_connection
from psycopg.abc import Params, Query
from psycopg.rows import TupleRow

from actions.base import ActionFailedError
from actions.databases import failures
from actions.databases.account import Account
from actions.outbound import narrowing, reach
from actions.outbound.addresses import AllowList
from actions.outbound.exchange import Exchange
from core import sql_values
from core.destinations import normal

PORTS = frozenset({5432})  # of public servers; an operator may allow others
LEAST_CONNECT_SECONDS = 2  # libpq takes no less

Session = psycopg.Connection[TupleRow]

_BEGIN = """
SELECT current_database(),
       (SELECT system_identifier::text FROM pg_control_system()),
       EXISTS (SELECT FROM pg_roles WHERE pg_has_role(oid, 'MEMBER') AND rolname IN
               ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')),
       set_config('statement_timeout', %(limit_ms)s, true),
       set_config('lock_timeout', %(limit_ms)s, true),
       set_config('idle_in_transaction_session_timeout', %(limit_ms)s, true),
       set_config('timezone', 'UTC', true),
       set_config('datestyle', 'ISO, YMD', true)
"""


@contextlib.contextmanager
def begun(account: Account, *, timeout_seconds: float, is_read_only: bool) -> Iterator[Session]:
    """A connection in which a transaction has begun; it ends with the block, and is not committed by it.

    Raises `ActionFailedError`: address_refused, own_database, role_too_powerful, connection_failed, timeout, tls_error,
    and for what psycopg raises within the block sql_error.
    """
    host, rules = account.settings.host, narrowing.rules_in_scope()
    with Exchange(deadline_seconds=timeout_seconds, allow=AllowList.from_settings(), rules=rules) as exchange:
        session = _connect(account, exchange)
        try:
            with contextlib.closing(socket.socket(fileno=os.dup(session.fileno()))) as sock:
                exchange.watch(sock)
            session.read_only = is_read_only
            _begin(session, limit_ms=max(int(exchange.remaining_seconds * 1000), 1))
            yield session
        except psycopg.Error as error:
            raise failures.asking(error, host, is_expired=exchange.is_expired) from None
        except (UnicodeError, OverflowError, RecursionError) as error:
            text = f"the answer cannot be read: {type(error).__name__}"
            raise ActionFailedError("sql_error", text, is_retryable=False) from None
        finally:
            session.close()


def answers(session: Session, sql: str, params: Params | None) -> tuple[psycopg.Cursor[TupleRow], Iterator[TupleRow]]:
    """The cursor and the rows of one statement, as they come: those that are not taken are not read.

    By the extended protocol, which refuses more than one statement.
    """
    cursor = session.cursor()
    query: Query = sql.encode()
    return cursor, cursor.stream(query, params)


def executed(session: Session, sql: str, params: Params | None) -> psycopg.Cursor[TupleRow]:
    """The cursor of one statement that was carried out to its end; not committed.

    In a pipeline, since that always speaks the extended protocol.
    """
    with session.pipeline():
        return session.execute(sql.encode(), params)


def _connect(account: Account, exchange: Exchange) -> Session:
    place = account.settings
    reachable = reach.permitted(
        place.host,
        place.port,
        timeout_seconds=exchange.remaining_seconds,
        allow=exchange.allow,
        rules=exchange.rules,
        ports=PORTS,
    )
    addresses = [str(address[0]) for _, address in reachable]
    _refuse_own_address(account, addresses)
    seconds = max(int(exchange.remaining_seconds / len(addresses)), LEAST_CONNECT_SECONDS)
    try:
        session = psycopg.connect(
            host=",".join([place.host] * len(addresses)),
            hostaddr=",".join(addresses),
            port=place.port,
            dbname=place.database,
            user=place.user,
            password=account.secrets.password,
            sslmode=place.sslmode,
            sslrootcert="system" if place.sslmode == "verify-full" else "",
            sslcertmode="disable",  # nothing of the machine's own accounts goes to whatever server this is
            gssencmode="disable",
            passfile=os.devnull,
            connect_timeout=seconds,
            client_encoding="utf8",
            application_name="Sequitur",
            options="",
            prepare_threshold=None,
        )
    except psycopg.Error as error:
        raise failures.connecting(error, place.host) from None
    sql_values.register(session)
    return session


def _begin(session: Session, *, limit_ms: int) -> None:
    row = session.execute(_BEGIN, {"limit_ms": str(limit_ms)}).fetchone()
    if row is None or (row[0], row[1]) == (own_connection.settings_dict["NAME"], _own_server()):
        raise _own()
    if row[2]:
        text = (
            "the role of this connection may run programs or read files of the database server, as superusers may; "
            "make a role with the rights that the workflow needs"
        )
        raise ActionFailedError("role_too_powerful", text, is_retryable=False)


def _refuse_own_address(account: Account, addresses: list[str]) -> None:
    place, own = account.settings, own_connection.settings_dict
    is_host = normal(place.host) == normal(str(own["HOST"])) or str(own["HOST"]) in addresses
    if is_host and place.port == int(str(own["PORT"] or 5432)) and place.database == own["NAME"]:
        raise _own()


@cache
def _own_server() -> str:
    """The identifier of the server that we keep our rows in; its replicas have the same."""
    with own_connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _own() -> ActionFailedError:
    text = "this is the engine's own database, which no workflow may reach; use the API"
    return ActionFailedError("own_database", text, is_retryable=False)
