"""`client.inbox`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Literal

from sequitur_client import binding
from sequitur_client.calls import Call, Named, filled
from sequitur_client.generated import models as m


def inbox_list(
    *,
    cursor: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
    state: Literal["read", "unread"] | None = None,
) -> Call[m.InboxPage]:
    """The items of the user who asks, or with an API key all of the workspace; the newest first.

    cursor: From `next` or `previous` of another page
    kind: Only those of this kind
    limit: Rows of a page
    state: Only those that are read, or unread
    """
    return Call(
        operation="inbox_list",
        method="GET",
        path=filled("/api/v1/inbox/"),
        answers={200: m.InboxPage},
        query={"cursor": cursor, "kind": kind, "limit": limit, "state": state},
    )


def inbox_read(id: Named, *, idempotency_key: str | None = None) -> Call[m.InboxItemResponse]:
    """Mark one as read. When it was first read, stays. A key needs the role operator: it reads for everybody."""
    return Call(
        operation="inbox_read",
        method="POST",
        path=filled("/api/v1/inbox/{id}/read/", id=id),
        answers={200: m.InboxItemResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def inbox_read_all(*, idempotency_key: str | None = None) -> Call[m.UnreadResponse]:
    """Mark all of them as read. A key needs the role operator."""
    return Call(
        operation="inbox_read_all",
        method="POST",
        path=filled("/api/v1/inbox/read-all/"),
        answers={200: m.UnreadResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def inbox_unread() -> Call[m.UnreadResponse]:
    """How many of them are unread."""
    return Call(
        operation="inbox_unread", method="GET", path=filled("/api/v1/inbox/unread/"), answers={200: m.UnreadResponse}
    )


class Inbox(binding.Resource):
    """What can be done with inbox."""

    list = binding.paged(inbox_list)
    read = binding.called(inbox_read)
    read_all = binding.called(inbox_read_all)
    unread = binding.called(inbox_unread)


class AsyncInbox(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_pages(inbox_list)
    read = binding.awaited(inbox_read)
    read_all = binding.awaited(inbox_read_all)
    unread = binding.awaited(inbox_unread)
