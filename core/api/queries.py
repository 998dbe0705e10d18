"""Query parameters of lists, as models: what is not known, or no value of its field, is refused and never ignored."""

from enum import EnumMeta
from typing import Any, get_args

from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel, ConfigDict, Field

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


class ListQuery(BaseModel):
    """What every list takes. Subclasses add its filters, each named for the column and None by default."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, description="From `next` or `previous` of another page")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Rows of a page")

    def filters(self) -> dict[str, Any]:
        """The filters that were given, by column."""
        return self.model_dump(exclude={"cursor", "limit"}, exclude_none=True)


def parameters(model: type[ListQuery]) -> list[OpenApiParameter]:
    """The fields of a query as the description of the API has them."""
    return [
        OpenApiParameter(
            name,
            int if name == "limit" else str,
            description=field.description or "",
            enum=next((list(part) for part in get_args(field.annotation) if isinstance(part, EnumMeta)), None),
        )
        for name, field in model.model_fields.items()
    ]
