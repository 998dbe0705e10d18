"""What the API takes and gives about SQL over events."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from triggers.engine.sql import allowed
from triggers.services.querying.running import Answer

Parameter = Annotated[StrictStr, Field(max_length=10_000)] | StrictBool | StrictInt | StrictFloat | None
EXAMPLE = "SELECT type, count(*) FROM events WHERE received_at >= now() - interval '1 day' GROUP BY type"


class QueryRequest(BaseModel):
    """A question in PostgreSQL's SQL."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(
        min_length=1,
        max_length=allowed.MAX_SQL_CHARACTERS,
        examples=[EXAMPLE],
        description="One SELECT over `events(id, type, source, subject, time, received_at, data)`",
    )
    parameters: list[Parameter] = Field(
        default_factory=list,
        max_length=allowed.MAX_PARAMETERS,
        examples=[[]],
        description="The values of $1, $2 and so on, in order",
    )
    format: Literal["json", "csv"] = "json"


class QueryColumn(BaseModel):
    """A column of the answer, with PostgreSQL's name of its type."""

    name: str = Field(examples=["type"])
    type: str = Field(examples=["text"])


class QueryWarning(BaseModel):
    """What is good to know about the answer."""

    code: str = Field(examples=["no_time_bound"], description="`no_time_bound` or `truncated`")
    message: str


class QueryResponse(BaseModel):
    """Rows in the order of the columns. `is_truncated`: there are more; numbers of unlimited precision are text."""

    columns: list[QueryColumn]
    rows: list[list[Any]] = Field(examples=[[["lead.created", 42]]])
    row_count: int
    is_truncated: bool
    duration_ms: float
    warnings: list[QueryWarning]


def answer(found: Answer) -> QueryResponse:
    return QueryResponse(
        columns=[QueryColumn(name=each.name, type=each.type) for each in found.columns],
        rows=found.rows,
        row_count=len(found.rows),
        is_truncated=found.is_truncated,
        duration_ms=found.duration_ms,
        warnings=[QueryWarning(code=each.code, message=each.message) for each in found.warnings],
    )
