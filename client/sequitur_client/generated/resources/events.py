"""`client.events`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Form, Named, Unset, filled, given
from sequitur_client.generated import models as m


def events_batch(*, events: list[m.EventRequest], idempotency_key: str | None = None) -> Call[m.BatchResponse]:
    """Accept up to 1,000 events, each answered on its own, in order; those that are valid in one transaction."""
    return Call(
        operation="events_batch",
        method="POST",
        path=filled("/api/v1/events/batch/"),
        answers={207: m.BatchResponse},
        body=given({"events": events}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def events_create(
    *,
    type: str,
    data: dict[str, Any] | Unset = UNSET,
    id: str | Unset = UNSET,
    source: str | Unset = UNSET,
    subject: str | Unset = UNSET,
    time: dt.datetime | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.AcceptedResponse]:
    """Accept an event. The same (source, id) is accepted once; sent again, it is answered with the first.

    Takes the short form, a CloudEvent in structured mode, and one in binary mode: `ce-*` headers with any body.

    type: Names joined by dots; triggers listen to it
    data: What templates and conditions read: `lead.score` is `data.lead.score`
    id: The sender's own; with the same one it is accepted once
    source: Default: the slug of the workspace
    subject: What it is about, in the words of the sender
    time: ISO 8601; without an offset it is UTC
    """
    return Call(
        operation="events_create",
        method="POST",
        path=filled("/api/v1/events/"),
        answers={202: m.AcceptedResponse},
        body=given({"type": type, "data": data, "id": id, "source": source, "subject": subject, "time": time}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def events_decisions(event_id: Named, *, cursor: str | None = None, limit: int | None = None) -> Call[m.DecisionPage]:
    """Every trigger that listened to the event, with what it decided and why.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="events_decisions",
        method="GET",
        path=filled("/api/v1/events/{event_id}/decisions/", event_id=event_id),
        answers={200: m.DecisionPage},
        query={"cursor": cursor, "limit": limit},
    )


def events_list(
    *,
    cursor: str | None = None,
    id: str | None = None,
    limit: int | None = None,
    matched: bool | None = None,
    sent_by_run: UUID | None = None,
    since: dt.datetime | None = None,
    source: str | None = None,
    subject: str | None = None,
    type: str | None = None,
    until: dt.datetime | None = None,
) -> Call[m.EventPage]:
    """The newest events first.

    cursor: From `next` or `previous` of another page
    id: The sender's id
    limit: Rows of a page
    matched: Whether all triggers have decided
    sent_by_run: The run that sent it
    since: Received at this time or later; ISO 8601
    source: Its source
    subject: Its subject
    type: The event's type, or a pattern: lead.* is one level, lead.** any
    until: Received before this time
    """
    return Call(
        operation="events_list",
        method="GET",
        path=filled("/api/v1/events/"),
        answers={200: m.EventPage},
        query={
            "cursor": cursor,
            "id": id,
            "limit": limit,
            "matched": matched,
            "sent_by_run": sent_by_run,
            "since": since,
            "source": source,
            "subject": subject,
            "type": type,
            "until": until,
        },
    )


def events_query(
    *,
    sql: str,
    parameters: list[str | bool | int | float | None] | Unset = UNSET,
    format: m.FormatEnum | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.QueryResponse | str]:
    """Ask the events of the workspace with SQL: one SELECT over the relation `events`.

    Its columns are `id`, `type`, `source`, `subject`, `time`, `received_at` and `data` (jsonb). An answer has
    at most 1,000 rows and a megabyte, and comes within three seconds or not at all.

    sql: One SELECT over `events(id, type, source, subject, time, received_at, data)`
    parameters: The values of $1, $2 and so on, in order
    """
    return Call(
        operation="events_query",
        method="POST",
        path=filled("/api/v1/events/query/"),
        answers={200: m.QueryResponse},
        body=given({"sql": sql, "parameters": parameters, "format": format}),
        form=Form.SAID,
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def events_retrieve(id: Named) -> Call[m.EventResponse]:
    """One event, by our `uid` or by the sender's `id` (the newest, where several sources used it)."""
    return Call(
        operation="events_retrieve",
        method="GET",
        path=filled("/api/v1/events/{id}/", id=id),
        answers={200: m.EventResponse},
    )


class Events(binding.Resource):
    """What can be done with events."""

    batch = binding.called(events_batch)
    create = binding.called(events_create)
    decisions = binding.paged(events_decisions)
    list = binding.paged(events_list)
    query = binding.called(events_query)
    retrieve = binding.called(events_retrieve)


class AsyncEvents(binding.AsyncResource):
    """Calls that are awaited."""

    batch = binding.awaited(events_batch)
    create = binding.awaited(events_create)
    decisions = binding.awaited_pages(events_decisions)
    list = binding.awaited_pages(events_list)
    query = binding.awaited(events_query)
    retrieve = binding.awaited(events_retrieve)
