"""Pages of lists, in the style of Relay: forward, by cursor, at most 100 rows.

Source: relay.dev/graphql/connections.htm (GraphQL Cursor Connections Specification).
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry
from django.db.models import Model, QuerySet

from core.errors import InvalidError, Problem
from core.ids import uuid_or_none
from core.searching import Search

MAX_FIRST = 100
DEFAULT_FIRST = 20

First = Annotated[int, strawberry.argument(description=f"How many rows: 1 to {MAX_FIRST}")]
After = Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before")]

M = TypeVar("M", bound=Model)
N = TypeVar("N")


@strawberry.type(description="Where a page ends.")
class PageInfo:
    """As Relay has it; pages go forward only."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="A row with its place in the list.")
class Edge(Generic[N]):
    """One row of a page."""

    cursor: str
    node: N


@strawberry.type(description="One page of a list.")
class Connection(Generic[N]):
    """The rows of a page, with and without their cursors."""

    edges: list[Edge[N]]
    nodes: list[N] = strawberry.field(description="The rows without their cursors")
    page_info: PageInfo


def of(type_: Any) -> Any:
    """The type of pages of rows of this type; null where a page is refused."""
    return Connection.__class_getitem__(type_) | None  # type: ignore[attr-defined]


def wanted(first: int, after: str | None) -> tuple[int, UUID | None]:
    """How many rows, and behind which. Raises `InvalidError`."""
    if not 1 <= first <= MAX_FIRST:
        message = f"A page has 1 to {MAX_FIRST} rows; got {first}."
        raise InvalidError("The page is not valid.", problems=[Problem("/first", "invalid", message)])
    if after is None:
        return first, None
    try:
        place = uuid_or_none(base64.urlsafe_b64decode(after.encode()).decode())
    except (binascii.Error, UnicodeError):
        place = None
    if place is None:
        message = "This is no cursor: give the `endCursor` of the page before."
        raise InvalidError("The page is not valid.", problems=[Problem("/after", "invalid", message)])
    return first, place


def page(
    rows: QuerySet[M] | Search[M], shape: Callable[[list[M]], Sequence[Any]], *, first: int, after: str | None
) -> Connection[Any]:
    """One page of the rows, newest first. That of a search may be short, or empty, and still have a next one."""
    limit, place = wanted(first, after)
    stopped_at: UUID | None = None
    if isinstance(rows, Search):
        stopped_at = rows.last_looked_at(behind=place)
        rows = rows.every() if stopped_at is None else rows.every().filter(pk__gte=stopped_at)
    if place is not None:
        rows = rows.filter(pk__lt=place)
    return connected([*rows.order_by("-pk")[: limit + 1]], shape, limit=limit, after=after, stopped_at=stopped_at)


def connected(
    found: list[M],
    shape: Callable[[list[M]], Sequence[Any]],
    *,
    limit: int,
    after: str | None,
    stopped_at: UUID | None = None,
) -> Connection[Any]:
    """The first `limit` of these rows as a page; one more, or a row at which a search stopped, says that there is
    another page."""
    shown, is_full = found[:limit], len(found) > limit
    edges = [Edge(cursor=_cursor(row.pk), node=node) for row, node in zip(shown, shape(shown), strict=True)]
    end = edges[-1].cursor if edges else None
    info = PageInfo(
        has_next_page=is_full or stopped_at is not None,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=end if is_full or stopped_at is None else _cursor(stopped_at),
    )
    return Connection(edges=edges, nodes=[edge.node for edge in edges], page_info=info)


def _cursor(place: UUID) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()
