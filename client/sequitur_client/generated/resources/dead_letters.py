"""`client.dead_letters`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def dead_letters_discard(id: Named, *, reason: str, idempotency_key: str | None = None) -> Call[m.DeadLetterResponse]:
    """Leave what it is about as it is. The letter stays readable."""
    return Call(
        operation="dead_letters_discard",
        method="POST",
        path=filled("/api/v1/dead-letters/{id}/discard/", id=id),
        answers={200: m.DeadLetterResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def dead_letters_list(
    *,
    code: str | None = None,
    cursor: str | None = None,
    kind: Literal["event", "action", "message"] | None = None,
    limit: int | None = None,
    q: str | None = None,
    since: dt.datetime | None = None,
    status: Literal["open", "redriving", "redriven", "discarded"] | None = None,
    until: dt.datetime | None = None,
    workflow: UUID | None = None,
) -> Call[m.DeadLetterPage]:
    """The letters of the workspace.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    q: An id, or words of why
    since: Not older than this
    until: Older than this
    """
    return Call(
        operation="dead_letters_list",
        method="GET",
        path=filled("/api/v1/dead-letters/"),
        answers={200: m.DeadLetterPage},
        query={
            "code": code,
            "cursor": cursor,
            "kind": kind,
            "limit": limit,
            "q": q,
            "since": since,
            "status": status,
            "until": until,
            "workflow": workflow,
        },
    )


def dead_letters_redrive(
    id: Named, *, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.DeadLetterResponse]:
    """Try what it is about again, now. Twice is once."""
    return Call(
        operation="dead_letters_redrive",
        method="POST",
        path=filled("/api/v1/dead-letters/{id}/redrive/", id=id),
        answers={200: m.DeadLetterResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def dead_letters_redrive_many(
    *,
    filters: m.DeadLetterFilters | Unset = UNSET,
    per_second: float | Unset = UNSET,
    preview: bool | Unset = UNSET,
    reason: str | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.RedriveResponse]:
    """Try many again, spread in time."""
    return Call(
        operation="dead_letters_redrive_many",
        method="POST",
        path=filled("/api/v1/dead-letters/redrive/"),
        answers={200: m.RedriveResponse},
        body=given({"filters": filters, "per_second": per_second, "preview": preview, "reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def dead_letters_retrieve(id: Named) -> Call[m.DeadLetterResponse]:
    """One letter."""
    return Call(
        operation="dead_letters_retrieve",
        method="GET",
        path=filled("/api/v1/dead-letters/{id}/", id=id),
        answers={200: m.DeadLetterResponse},
    )


class DeadLetters(binding.Resource):
    """What can be done with dead_letters."""

    discard = binding.called(dead_letters_discard)
    list = binding.paged(dead_letters_list)
    redrive = binding.called(dead_letters_redrive)
    redrive_many = binding.called(dead_letters_redrive_many)
    retrieve = binding.called(dead_letters_retrieve)


class AsyncDeadLetters(binding.AsyncResource):
    """Calls that are awaited."""

    discard = binding.awaited(dead_letters_discard)
    list = binding.awaited_pages(dead_letters_list)
    redrive = binding.awaited(dead_letters_redrive)
    redrive_many = binding.awaited(dead_letters_redrive_many)
    retrieve = binding.awaited(dead_letters_retrieve)
