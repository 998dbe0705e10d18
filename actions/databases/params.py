"""What the actions on databases have in common: the statement, its values and its limits."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from actions.base import ActionParams
from actions.databases import rows
from core import pointers
from core.errors import Problem
from core.expressions import templates

MAX_SQL_CHARACTERS = 32_000
DEFAULT_ROWS = 100


class StatementParams(ActionParams):
    """One statement for one database."""

    connection: str | None = Field(
        None, description="The connection to use; without it, the only one of the kind postgres."
    )
    sql: str = Field(
        min_length=1,
        max_length=MAX_SQL_CHARACTERS,
        description="One statement, as it is written here. Values stand in params, as %s or %(name)s.",
    )
    params: list[Any] | dict[str, Any] | None = Field(
        None, description="The values: a list for %s, an object for %(name)s. A percent sign is then written %%."
    )
    max_rows: int = Field(DEFAULT_ROWS, ge=1, le=rows.MAX_ROWS, description="How many rows are kept at most.")
    timeout_seconds: float | None = Field(
        None, gt=0, le=3600, description="The longest wait for the answer; the action's own limit holds anyway."
    )


def check_sql(params: Mapping[str, Any], *, path: str) -> list[Problem]:
    """What is wrong with the statement as it is written: a template in it could be made to say anything."""
    sql = params.get("sql")
    if not isinstance(sql, str) or not templates.is_template(sql):
        return []
    message = "No template stands in SQL: write %s or %(name)s there, and pass the values in params."
    return [Problem(pointers.join(path, "sql"), "template_not_allowed", message)]
