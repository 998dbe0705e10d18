"""What a database's errors come to: stable codes, and sentences without the values that were asked with."""

import re

import psycopg

from actions.base import ActionFailedError
from actions.outbound import refusals

# Of the SQLSTATE: what another try may find mended (Source: PostgreSQL's manual, appendix A).
_PASSING = re.compile(r"40001|40P01|55P03|08...|53...|57P..")
_CANCELLED = "57014"
_OF_THE_TEXT = "42"  # this class repeats words of the statement, which its author wrote; others repeat values
_FATAL = re.compile(r"FATAL: +(?P<text>[^\n]{1,200})")
_LASTING = re.compile(r"authentication failed|does not exist|no pg_hba\.conf entry|not permitted|no password")


def connecting(error: psycopg.Error, host: str) -> ActionFailedError:
    """No session came about. The address that was tried is not told."""
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return refusals.timed_out(host)
    text = str(error)
    if "SSL" in text and "FATAL" not in text:
        return refusals.tls_failed(host, "the server speaks no TLS that is trusted; see sslmode of the connection")
    fatal = _FATAL.search(text)
    if fatal is None:
        return refusals.connection_failed(host, "no connection to the database server")
    is_lasting = bool(_LASTING.search(fatal["text"]))
    message = f"the database of {host[:253]} refused the connection: {fatal['text']}"
    return ActionFailedError("connection_failed", message, is_retryable=not is_lasting)


def asking(error: psycopg.Error, host: str, *, is_expired: bool) -> ActionFailedError:
    """A statement failed.

    1. Its time was over: timeout. 2. The connection was lost: connection_failed. 3. Everything else: sql_error, with
    the SQLSTATE, and for what is wrong with the text of the statement the message and the place.
    """
    state = error.sqlstate or ""
    if is_expired or state == _CANCELLED:
        return refusals.timed_out(host)
    if not state and isinstance(error, psycopg.OperationalError):
        return refusals.connection_failed(host, "the connection to the database was lost")
    return ActionFailedError("sql_error", _explain(error), is_retryable=bool(_PASSING.fullmatch(state)))


def _explain(error: psycopg.Error) -> str:
    state, found = error.sqlstate, error.diag
    if state is None and "produce a result" in str(error):
        return "The statement gives no rows; db_query reads, and db_execute changes"
    if state is None:
        return f"The statement cannot be sent: {str(error).splitlines()[0][:300]}"
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    what = found.message_primary or kind if state.startswith(_OF_THE_TEXT) else kind
    names = [f"{word} {name!r}" for word, name in _names(found) if name]
    at = f", at character {found.statement_position}" if found.statement_position else ""
    return f"{what[:300]} (SQLSTATE {state}{at}{''.join(f', {each}' for each in names)})"


def _names(found: psycopg.errors.Diagnostic) -> list[tuple[str, str | None]]:
    return [("table", found.table_name), ("column", found.column_name), ("constraint", found.constraint_name)]
