"""Lists are pages by cursor, newest first: `{"results": [...], "next": url or null, "previous": url or null}`."""

from rest_framework.pagination import CursorPagination

from core.api.queries import DEFAULT_LIMIT, MAX_LIMIT


class NewestFirst(CursorPagination):
    """By id, which grows with time; no page costs more than the first, and nothing is counted (`queries.ListQuery`)."""

    ordering = "-id"
    page_size = DEFAULT_LIMIT
    max_page_size = MAX_LIMIT
    page_size_query_param = "limit"
