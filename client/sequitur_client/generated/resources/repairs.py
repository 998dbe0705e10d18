"""`client.repairs`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Literal

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def repairs_cancel(
    id: Named, *, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RepairResponse]:
    """End it. What was done stays, what is pending is left alone."""
    return Call(
        operation="repairs_cancel",
        method="POST",
        path=filled("/api/v1/repairs/{id}/cancel/", id=id),
        answers={200: m.RepairResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def repairs_items(
    id: Named,
    *,
    cursor: str | None = None,
    limit: int | None = None,
    status: Literal["pending", "done", "failed", "skipped"] | None = None,
) -> Call[m.ItemPage]:
    """What became of each of its runs or notifications, the last of the set first.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    status: How far it is
    """
    return Call(
        operation="repairs_items",
        method="GET",
        path=filled("/api/v1/repairs/{id}/items/", id=id),
        answers={200: m.ItemPage},
        query={"cursor": cursor, "limit": limit, "status": status},
    )


def repairs_list(
    *,
    cursor: str | None = None,
    limit: int | None = None,
    operation: str | None = None,
    status: Literal["pending", "running", "paused", "stopped", "completed", "cancelled"] | None = None,
    target: Literal["run", "notification"] | None = None,
) -> Call[m.RepairPage]:
    """The newest repairs first.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    operation: What is done to each
    status: How far it is
    target: What its items are
    """
    return Call(
        operation="repairs_list",
        method="GET",
        path=filled("/api/v1/repairs/"),
        answers={200: m.RepairPage},
        query={"cursor": cursor, "limit": limit, "operation": operation, "status": status, "target": target},
    )


def repairs_pause(
    id: Named, *, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RepairResponse]:
    """Begin no more items, until it is resumed."""
    return Call(
        operation="repairs_pause",
        method="POST",
        path=filled("/api/v1/repairs/{id}/pause/", id=id),
        answers={200: m.RepairResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def repairs_resume(
    id: Named, *, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RepairResponse]:
    """Go on. One that stopped for its failures gets its error budget anew."""
    return Call(
        operation="repairs_resume",
        method="POST",
        path=filled("/api/v1/repairs/{id}/resume/", id=id),
        answers={200: m.RepairResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def repairs_retrieve(id: Named) -> Call[m.RepairResponse]:
    """One repair: how far it is, how fast, until when, and its last errors."""
    return Call(
        operation="repairs_retrieve",
        method="GET",
        path=filled("/api/v1/repairs/{id}/", id=id),
        answers={200: m.RepairResponse},
    )


class Repairs(binding.Resource):
    """What can be done with repairs."""

    cancel = binding.called(repairs_cancel)
    items = binding.paged(repairs_items)
    list = binding.paged(repairs_list)
    pause = binding.called(repairs_pause)
    resume = binding.called(repairs_resume)
    retrieve = binding.called(repairs_retrieve)


class AsyncRepairs(binding.AsyncResource):
    """Calls that are awaited."""

    cancel = binding.awaited(repairs_cancel)
    items = binding.awaited_pages(repairs_items)
    list = binding.awaited_pages(repairs_list)
    pause = binding.awaited(repairs_pause)
    resume = binding.awaited(repairs_resume)
    retrieve = binding.awaited(repairs_retrieve)
