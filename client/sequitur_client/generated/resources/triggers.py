"""`client.triggers`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def triggers_list(
    *,
    cursor: str | None = None,
    is_active: bool | None = None,
    limit: int | None = None,
    type: str | None = None,
    workflow: str | None = None,
) -> Call[m.TriggerPage]:
    """The newest triggers first.

    cursor: From `next` or `previous` of another page
    is_active: Whether it listens: true or false
    limit: Rows of a page
    type: The trigger type
    workflow: Id or slug of the workflow
    """
    return Call(
        operation="triggers_list",
        method="GET",
        path=filled("/api/v1/triggers/"),
        answers={200: m.TriggerPage},
        query={"cursor": cursor, "is_active": is_active, "limit": limit, "type": type, "workflow": workflow},
    )


def triggers_partial_update(id: Named, *, is_enabled: bool, if_match: str | None = None) -> Call[m.TriggerResponse]:
    """Switch a trigger on or off, at once. Publishing its workflow sets it to what the definition says.

    is_enabled: Its own switch; it listens while it is on and its workflow is active
    """
    return Call(
        operation="triggers_partial_update",
        method="PATCH",
        path=filled("/api/v1/triggers/{id}/", id=id),
        answers={200: m.TriggerResponse},
        body=given({"is_enabled": is_enabled}),
        row=id,
        if_match=if_match,
    )


def triggers_preview(
    *, type: str, params: dict[str, Any] | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.SchedulePreviewResponse]:
    """A schedule in words, with its next ten times. What is wrong with it is answered as `problems`."""
    return Call(
        operation="triggers_preview",
        method="POST",
        path=filled("/api/v1/triggers/preview/"),
        answers={200: m.SchedulePreviewResponse},
        body=given({"type": type, "params": params}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def triggers_retrieve(id: Named) -> Call[m.TriggerResponse]:
    """One trigger, with the URL and the statistics of a webhook."""
    return Call(
        operation="triggers_retrieve",
        method="GET",
        path=filled("/api/v1/triggers/{id}/", id=id),
        answers={200: m.TriggerResponse},
    )


def triggers_rotate_url(id: Named, *, idempotency_key: str | None = None) -> Call[m.TriggerResponse]:
    """Give a webhook another URL. The old one leads nowhere from now on."""
    return Call(
        operation="triggers_rotate_url",
        method="POST",
        path=filled("/api/v1/triggers/{id}/rotate-url/", id=id),
        answers={200: m.TriggerResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class Triggers(binding.Resource):
    """What can be done with triggers."""

    list = binding.paged(triggers_list)
    partial_update = binding.called(triggers_partial_update)
    preview = binding.called(triggers_preview)
    retrieve = binding.called(triggers_retrieve)
    rotate_url = binding.called(triggers_rotate_url)


class AsyncTriggers(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_pages(triggers_list)
    partial_update = binding.awaited(triggers_partial_update)
    preview = binding.awaited(triggers_preview)
    retrieve = binding.awaited(triggers_retrieve)
    rotate_url = binding.awaited(triggers_rotate_url)
