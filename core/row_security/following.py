"""Tell PostgreSQL the scope of the running code, before a statement and only when it does not know it yet.

The name of the scope is the session's `application_name`, because that is the one setting of the user's choice that the
server reports: libpq hears of every change of it, also when a rollback, to a savepoint or of everything, takes a change
back, and on a new connection. So what the server believes is read from memory and never guessed. Source: GUC_REPORT in
"Asynchronous Operations" of PostgreSQL's protocol. Beside it the session takes on the role that policies hold for; both
are set in one statement, so that they are also undone together.

| scope | application_name | role | rows |
|---|---|---|---|
| `tenancy.scope(id)` | `sequitur:<id>` | the tenants' | of the workspace |
| none, in the mode `strict` | `sequitur:` | the tenants' | none |
| none, else | `sequitur:*` | the one that logged in | all |
| `tenancy.unscoped(...)` | `sequitur:*` | the one that logged in | all |

Concurrency: a connection belongs to one thread, as Django has it, and a scope to one context.
"""

from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from psycopg import Connection, errors
from psycopg.generators import execute as exchange
from psycopg.pq import ExecStatus, TransactionStatus

from core import tenancy

PREFIX: Final = "sequitur:"
MAX_ROLE_BYTES: Final = 63  # PostgreSQL's NAMEDATALEN - 1
_PARAMETER: Final = b"application_name"
_ALL: Final = f"{PREFIX}*".encode()
_NOTHING: Final = PREFIX.encode()


def role_of(database: str) -> str:
    """The role that policies of this database hold for. Roles are the whole server's, so each database has its own."""
    suffix = "_tenants"
    return database.encode()[: MAX_ROLE_BYTES - len(suffix)].decode(errors="ignore") + suffix


def follow(raw: Connection[Any]) -> None:
    """Send the scope if the session has another; nothing in a transaction that has failed, which only can be ended.

    Raises `ImproperlyConfigured` when the role of tenants is missing, or may not be taken on.
    """
    reach = tenancy.reach()
    wanted = _name(reach) if reach else _outside()
    link = raw.pgconn
    if link.parameter_status(_PARAMETER) == wanted or link.transaction_status not in _READY:
        return
    with raw.lock:
        link.send_query(_statement(raw, wanted))
        result = raw.wait(exchange(link))[-1]
    if result.status == ExecStatus.FATAL_ERROR:
        _fail(raw, result)


_READY = (TransactionStatus.IDLE, TransactionStatus.INTRANS)


def _outside() -> bytes:
    """Without a scope. The ORM refuses that by itself; written SQL is refused in the mode `strict` alone."""
    return _NOTHING if settings.SEQUITUR_ROW_SECURITY == "strict" else _ALL


@lru_cache(maxsize=4096)
def _name(reach: UUID | tenancy.Everything) -> bytes:
    return f"{PREFIX}{reach}".encode() if isinstance(reach, UUID) else _ALL


def _statement(raw: Connection[Any], wanted: bytes) -> bytes:
    """One message: without a transaction of its own, both are set or none."""
    role = b"NONE" if wanted == _ALL else b'"%s"' % role_of(raw.info.dbname).replace('"', '""').encode()
    return b"SET ROLE %s; SET application_name = '%s'" % (role, wanted)


def _fail(raw: Connection[Any], result: Any) -> None:
    error = errors.error_from_result(result, encoding="utf-8")
    if isinstance(error, errors.InvalidParameterValue | errors.InsufficientPrivilege):
        raise ImproperlyConfigured(
            f"SEQUITUR_ROW_SECURITY is on, but the role {role_of(raw.info.dbname)!r} cannot be taken on: {error}. "
            "Let its owner make it: manage.py row_security --apply."
        ) from error
    raise error
