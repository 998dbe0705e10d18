"""Lists are pages by cursor, newest first: `{"results": [...], "next": url or null, "previous": url or null}`."""

from typing import Any

from rest_framework.pagination import Cursor, CursorPagination

from core.api.queries import DEFAULT_LIMIT, MAX_LIMIT


class NewestFirst(CursorPagination):
    """By id, which grows with time; no page costs more than the first, and nothing is counted (`queries.ListQuery`)."""

    ordering = "-id"
    page_size = DEFAULT_LIMIT
    max_page_size = MAX_LIMIT
    page_size_query_param = "limit"


class OldestFirst(NewestFirst):
    """The same from the other end."""

    ordering = "id"

    def after(self, identifier: object, *, url: str) -> str:
        """The URL of the page that begins behind the row with this id."""
        self.base_url = url
        place: Any = str(identifier)  # the stubs know numbers only
        return str(self.encode_cursor(Cursor(offset=0, reverse=False, position=place)))
