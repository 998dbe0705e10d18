"""Shapes that all apps share: pages, and lists that are never long."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from drf_spectacular.utils import extend_schema_serializer
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from core import names

T = TypeVar("T")
Visible = Annotated[str, AfterValidator(names.checked)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(names.checked)
]


class Principal(BaseModel):
    """What keys and service accounts have in common: what they are called, may do, and come from."""

    id: UUID
    name: str
    role: str
    created_by: str
    created_at: datetime


def left_out(**rules: Any) -> Any:
    """A field of a change that stays as it is where it is left out: its description has no default, which would be
    taken for what it becomes. Who reads the shape goes by the fields that were set."""
    return Field(default_factory=lambda: None, **rules)


@extend_schema_serializer(many=False)  # the shape is the whole answer, not a row of it
class Page(BaseModel, Generic[T]):
    """One page of a list. `next` and `previous` are URLs, or null at the ends."""

    results: list[T]
    next: str | None
    previous: str | None


@extend_schema_serializer(many=False)
class Listing(BaseModel, Generic[T]):
    """A whole list that is never long."""

    results: list[T]


def one_of(schema: dict[str, Any]) -> None:
    """For `json_schema_extra` of a shape that is one of several, of which nothing is two."""
    schema["oneOf"] = schema.pop("anyOf")
