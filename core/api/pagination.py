"""Lists are pages by cursor, newest first: `{"results": [...], "next": url or null, "previous": url or null}`."""

from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from core.api.queries import DEFAULT_LIMIT, MAX_LIMIT
from core.errors import InvalidError, Problem
from core.ids import uuid_or_none
from core.searching import Search


class NewestFirst(CursorPagination):
    """By id, which grows with time; no page costs more than the first, and nothing is counted (`queries.ListQuery`).

    A search looks through `LOOKED_THROUGH` rows from its cursor on. If those have less than a page of what is wanted,
    the page ends with the last row that was looked at: it may be short, or empty, and the cursor goes on from there.
    """

    ordering = "-id"
    page_size = DEFAULT_LIMIT
    max_page_size = MAX_LIMIT
    page_size_query_param = "limit"
    is_search = False
    stopped_at: UUID | None = None  # the last row that was looked at, where that ended the page

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Where the page begins; None: at the first row. Raises `InvalidError` for what no page gave."""
        try:
            found = super().decode_cursor(request)
        except NotFound:
            raise _no_cursor() from None
        # Rows are by id; compared to anything else, the database would refuse it, or cast each row.
        if found is not None and found.position is not None and uuid_or_none(str(found.position)) is None:
            raise _no_cursor()
        return found

    def search(self, search: Search[Any], request: Request, view: Any) -> list[Any]:
        """One page of what is wanted."""
        if not search.wanted:
            return self.paginate_queryset(search.rows, request, view=view) or []
        cursor = self.decode_cursor(request)
        behind = uuid_or_none(str(cursor.position)) if cursor is not None else None
        last = search.last_looked_at(behind=behind, is_newest_first=self._is_descending(request))
        rows = search.every()
        if last is not None:
            rows = rows.filter(**{f"id__{'gte' if self._is_descending(request) else 'lte'}": last})
        page: list[Any] = self.paginate_queryset(rows, request, view=view) or []
        self.is_search = True
        self.stopped_at = None if (self.has_previous if self._is_back else self.has_next) else last
        return page

    def get_next_link(self) -> str | None:
        is_stopped = not self._is_back and self.stopped_at is not None
        if self.is_search and (is_stopped or (self._is_back and not self.page)):
            return self._from(self.stopped_at, reverse=False)
        return super().get_next_link()

    def get_previous_link(self) -> str | None:
        is_stopped = self._is_back and self.stopped_at is not None
        if self.is_search and (is_stopped or (not self._is_back and self.has_previous and not self.page)):
            return self._from(self.stopped_at, reverse=True)
        return super().get_previous_link()

    @property
    def _is_back(self) -> bool:
        return self.cursor is not None and self.cursor.reverse

    def _is_descending(self, request: Request) -> bool:
        cursor = self.decode_cursor(request)
        return (cursor is not None and cursor.reverse) != self.ordering[0].startswith("-")

    def _from(self, row: UUID | None, *, reverse: bool) -> str:
        """The URL of the page behind this row, or before it; without one, of the first page, or the last."""
        place: Any = str(row) if row else None  # the stubs know numbers only
        return str(self.encode_cursor(Cursor(offset=0, reverse=reverse, position=place)))


class OldestFirst(NewestFirst):
    """The same from the other end."""

    ordering = "id"

    def after(self, identifier: UUID, *, url: str) -> str:
        """The URL of the page that begins behind the row with this id."""
        self.base_url = url
        return self._from(identifier, reverse=False)


def _no_cursor() -> InvalidError:
    message = "This is no cursor: follow `next` or `previous` of another page as it is."
    return InvalidError("The page is not valid.", problems=[Problem("/cursor", "invalid", message)])
