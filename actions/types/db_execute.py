"""`db_execute`: change data in a database of the workspace."""

from collections.abc import Mapping
from typing import Any, ClassVar

import psycopg
from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionFailedError, ActionResult, ActionType, Effects
from actions.databases import rows, sessions
from actions.databases.account import KINDS
from actions.databases.params import StatementParams, check_sql
from actions.registry import register
from core.errors import Problem


class DbExecuteParams(StatementParams):
    """What is done."""


class DbExecuteOutput(BaseModel):
    """What was done."""

    row_count: int = Field(description="How many rows were changed, or returned.")
    rows: list[dict[str, Any]] = Field(description="What RETURNING gave, as objects by column.")
    truncated: bool = Field(description="Whether more rows were returned than are kept.")


class DbExecute(ActionType[DbExecuteParams]):
    """One statement in one transaction. Nobody can tell what became of a commit whose answer was lost."""

    key = "db_execute"
    title = "Change database"
    description = "Insert, update or delete rows of a PostgreSQL database that allows it."
    category = "data"
    icon = "database-zap"
    effects = Effects.ONCE
    params_model = DbExecuteParams
    output_model = DbExecuteOutput
    as_written = frozenset({"sql"})
    allows_fast_forward = False
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": KINDS}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return check_sql(params, path=path)

    def perform(self, params: DbExecuteParams, call: ActionCall) -> ActionResult:
        account = call.connections.open(params.connection, kinds=KINDS)
        if not account.settings.allow_writes:
            text = f"the connection {account.name!r} is for reading; an admin can set allow_writes on it"
            raise ActionFailedError("writes_not_allowed", text, is_retryable=False)
        seconds = min(params.timeout_seconds or call.timeout_seconds, call.timeout_seconds)
        with sessions.begun(account, timeout_seconds=seconds, is_read_only=False) as session:
            cursor = sessions.executed(session, params.sql, rows.adapted(params.params))
            returned = cursor if cursor.description else iter(())
            found = rows.take(cursor, returned, max_rows=params.max_rows, is_cut_short=True)
            _commit(session)
        count = max(cursor.rowcount, 0)
        return ActionResult(output={"row_count": count, "rows": found.rows, "truncated": found.is_truncated})


def _commit(session: sessions.Session) -> None:
    try:
        session.commit()
    except psycopg.OperationalError as error:
        if error.sqlstate:
            raise
        text = "the connection was lost while the change was being committed"
        raise ActionFailedError("outcome_unknown", text, is_retryable=False, is_outcome_unknown=True) from None


register(DbExecute())
