"""Query parameters of lists, as models: what is not known, or no value of its field, is refused and never ignored."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from drf_spectacular.utils import OpenApiParameter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)  # pydantic reads text like 20260131 as seconds since 1970


def _is_text(value: object) -> object:
    if value is not None and not (isinstance(value, str) and _DATE.match(value)):
        raise ValueError("expected text in ISO 8601, like 2026-01-31T09:30:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("expected an instant within the years 1 to 9999 of UTC") from None


Instant = Annotated[datetime, BeforeValidator(_is_text), AfterValidator(_in_utc)]


class Query(BaseModel):
    """The parameters of a URL."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(Query):
    """What every list takes. Subclasses add its filters, each named for the column and None by default."""

    cursor: str | None = Field(None, description="From `next` or `previous` of another page")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Rows of a page")

    def filters(self) -> dict[str, Any]:
        """The filters that were given, by column."""
        return self.model_dump(exclude={"cursor", "limit"}, exclude_none=True)


def parameters(model: type[Query]) -> list[OpenApiParameter]:
    """The fields of a query as the description of the API has them: with the limits that are checked."""
    document = model.model_json_schema(mode="validation")
    return [
        OpenApiParameter(
            name,
            _plain(field, document.get("$defs", {})),
            description=field.get("description", ""),
            required=name in document.get("required", ()),
        )
        for name, field in document["properties"].items()
    ]


def _plain(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter by itself: a URL has no null, and what is not given has no value."""
    if "$ref" in schema:
        return _plain(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if choices := [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]:
        return _plain(choices[0], definitions) if len(choices) == 1 else {"anyOf": choices}
    return {name: value for name, value in schema.items() if name not in {"title", "description"} and value is not None}
