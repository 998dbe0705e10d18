"""Lists are pages by cursor, newest first: `{"results": [...], "next": url or null, "previous": url or null}`."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """By id, which grows with time; no page costs more than the first, and nothing is counted."""

    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"
