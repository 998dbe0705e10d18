"""Shapes that all apps share: pages, and lists that are never long."""

from typing import Generic, TypeVar

from drf_spectacular.utils import extend_schema_serializer
from pydantic import BaseModel

T = TypeVar("T")


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
