"""`sql`: a query over the events of the workspace found a row that was not there before."""

from pydantic import Field

from core.errors import Problem
from core.expressions import templates
from triggers.base import TriggerParams, TriggerType
from triggers.engine.sql import allowed
from triggers.registry import register

KEY = "sql"
EVENT_TYPE = "sql.matched"
MIN_SECONDS, MAX_SECONDS = 10, 86_400
MAX_NAME_CHARACTERS = 63  # of a column in PostgreSQL

_UNBOUNDED = (
    "Say from when on: received_at >= now() - interval '1 hour', among the conditions that all have to hold. A query "
    "that reads `events` more than once selects them once in WITH, with that condition, and reads this."
)


class Params(TriggerParams):
    """What is asked, how often, and what makes a row the same as one that was there before."""

    query: str = Field(
        min_length=1,
        max_length=allowed.MAX_SQL_CHARACTERS,
        description="One SELECT over events(id, type, source, subject, time, received_at, data), bounded by "
        "received_at; see docs/event-queries.md",
    )
    every_seconds: int = Field(60, ge=MIN_SECONDS, le=MAX_SECONDS, strict=True, description="How often it is asked")
    key: str = Field(
        "",
        max_length=1000,
        description="The names of the columns that tell rows apart, with commas, or text with templates over the row; "
        "without it, all columns do",
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that `key` lists; none when it is empty, or has templates."""
        if not self.key or templates.has_templates(self.key):
            return ()
        return tuple(each.strip() for each in self.key.split(","))


class SqlTrigger(TriggerType[Params]):
    """Fires for each row that was not in the last answer: an event `sql.matched` that only this trigger sees."""

    key = KEY
    title = "SQL over events"
    description = "A query over the events of the workspace found a row that was not there before."
    params_model = Params
    is_shareable = True

    def check(self, params: Params, *, path: str) -> list[Problem]:
        found = [*_of_query(params.query, path=f"{path}/query")]
        if not params.columns:
            return found + templates.check_structure(params.key, path=f"{path}/key")
        if any(not each or len(each) > MAX_NAME_CHARACTERS for each in params.columns):
            message = "Expected names of columns with commas between them, or text with templates like {{ user }}."
            found.append(Problem(f"{path}/key", "invalid", message))
        return found


def _of_query(query: str, *, path: str) -> list[Problem]:
    # PostgreSQL's grammar takes a second to load, which whoever checks no query does not wait for.
    from triggers.engine.sql import checking
    from triggers.engine.sql.errors import InvalidSqlError

    try:
        checked = checking.check(query)
    except InvalidSqlError as error:
        return [Problem(path, each.code, each.message) for each in error.problems]
    if checked.parameters:
        message = "The query of a trigger has no parameters: nobody gives them. Write the values in the query."
        return [Problem(path, "not_allowed", message)]
    return [] if checked.since else [Problem(path, "no_time_bound", _UNBOUNDED)]


register(SqlTrigger())
