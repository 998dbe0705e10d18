"""`db_query`: ask a database of the workspace."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.databases import rows, sessions
from actions.databases.account import KINDS
from actions.databases.params import StatementParams, check_sql
from actions.registry import register
from core.errors import Problem


class DbQueryParams(StatementParams):
    """What is asked."""


class DbQueryOutput(BaseModel):
    """What was answered."""

    rows: list[dict[str, Any]] = Field(description="The rows, as objects by column.")
    columns: list[str] = Field(description="The columns' names, in order; empty when there is no row.")
    row_count: int = Field(description="How many rows stand here.")
    truncated: bool = Field(description="Whether there are more than are kept.")


class DbQuery(ActionType[DbQueryParams]):
    """One statement in a transaction that the database itself keeps read only."""

    key = "db_query"
    title = "Query database"
    description = "Read rows from a PostgreSQL database."
    category = "data"
    icon = "database"
    effects = Effects.NONE
    params_model = DbQueryParams
    output_model = DbQueryOutput
    as_written = frozenset({"sql"})
    allows_fast_forward = False
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": KINDS}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return check_sql(params, path=path)

    def perform(self, params: DbQueryParams, call: ActionCall) -> ActionResult:
        account = call.connections.open(params.connection, kinds=KINDS)
        seconds = min(params.timeout_seconds or call.timeout_seconds, call.timeout_seconds)
        with sessions.begun(account, timeout_seconds=seconds, is_read_only=True) as session:
            cursor, answers = sessions.answers(session, params.sql, rows.adapted(params.params))
            try:
                found = rows.take(cursor, answers, max_rows=params.max_rows, is_cut_short=False)
            finally:
                session.close()  # before the rows that are left: they would be read to the end
        return ActionResult(
            output={
                "rows": found.rows,
                "columns": found.columns,
                "row_count": len(found.rows),
                "truncated": found.is_truncated,
            }
        )


register(DbQuery())
