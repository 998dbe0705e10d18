"""Shapes that all apps share: pages, plain lists, and the words of query parameters."""

from typing import Generic, TypeVar

from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list. `next` and `previous` are URLs, or null at the ends."""

    results: list[T]
    next: str | None
    previous: str | None


class Listing(BaseModel, Generic[T]):
    """A whole list that is never long."""

    results: list[T]


def filters(**texts: str) -> list[OpenApiParameter]:
    """The query parameters of a paged list: its filters, with what they mean, and the two of paging."""
    paging = {"cursor": "From `next` or `previous` of another page", "limit": "Rows of a page: 1 to 500, default 50"}
    return [OpenApiParameter(name, str, description=text) for name, text in {**texts, **paging}.items()]
