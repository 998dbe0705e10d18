"""`client.notifications`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Unset, filled, given
from sequitur_client.generated import models as m


def notifications_bulk(
    *,
    operation: str,
    filter: m.NotificationFilter,
    options: dict[str, Any] | Unset = UNSET,
    reason: str | Unset = UNSET,
    per_second: float | Unset = UNSET,
    max_errors: int | Unset = UNSET,
    preview: bool | Unset = UNSET,
    expected: int | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.BulkPreviewResponse | m.RepairResponse]:
    """Replay the notifications that a filter finds, in the same way as runs.

    operation: What is done to each
    options: How: of the operation, see docs/bulk-repair.md
    reason: Why; kept with each of them
    per_second: The pace, of all workers together
    max_errors: With so many failures it stops
    preview: Say what would happen, and do nothing
    expected: The `matched` of the preview; needed to have it done
    """
    return Call(
        operation="notifications_bulk",
        method="POST",
        path=filled("/api/v1/notifications/bulk/"),
        answers={200: m.BulkPreviewResponse, 202: m.RepairResponse},
        body=given(
            {
                "operation": operation,
                "filter": filter,
                "options": options,
                "reason": reason,
                "per_second": per_second,
                "max_errors": max_errors,
                "preview": preview,
                "expected": expected,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def notifications_list(
    *,
    channel: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    run: UUID | None = None,
    status: Literal["pending", "sent", "failed", "grouped", "skipped"] | None = None,
    trigger: Literal[
        "ON_READY", "ON_STARTED", "ON_COMPLETED", "ON_FAILED", "ON_RETRY", "ON_NEEDS_DECISION", "ON_PAUSED"
    ]
    | None = None,
    workflow: str | None = None,
) -> Call[m.NotificationPage]:
    """The newest notifications of the workspace first, digests among them.

    channel: The channel's name
    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    run: The run that it tells of
    status: How far it is
    trigger: What happened
    workflow: The workflow's id or slug
    """
    return Call(
        operation="notifications_list",
        method="GET",
        path=filled("/api/v1/notifications/"),
        answers={200: m.NotificationPage},
        query={
            "channel": channel,
            "cursor": cursor,
            "limit": limit,
            "run": run,
            "status": status,
            "trigger": trigger,
            "workflow": workflow,
        },
    )


class Notifications(binding.Resource):
    """What can be done with notifications."""

    bulk = binding.called(notifications_bulk)
    list = binding.paged(notifications_list)


class AsyncNotifications(binding.AsyncResource):
    """Calls that are awaited."""

    bulk = binding.awaited(notifications_bulk)
    list = binding.awaited_pages(notifications_list)
