"""Query parameters of lists, as models: what is not known, or no value of its field, is refused and never ignored."""

from enum import EnumMeta
from typing import Any, get_args

from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel, ConfigDict, Field

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


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
    """The fields of a query as the description of the API has them."""
    return [
        OpenApiParameter(
            field.alias or name,
            int if name == "limit" else str,
            description=field.description or "",
            enum=_words(field.annotation),
        )
        for name, field in model.model_fields.items()
    ]


def _words(annotation: Any) -> list[str] | None:
    """The words of an enumeration, optional or not; None for any other type."""
    return next((list(part) for part in (annotation, *get_args(annotation)) if isinstance(part, EnumMeta)), None)
