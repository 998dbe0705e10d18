"""`client.triggers`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def triggers_create(
    *,
    workflow: str,
    type: str,
    key: str | Unset = UNSET,
    params: dict[str, Any] | Unset = UNSET,
    filters: dict[str, Any] | Unset = UNSET,
    conditions: dict[str, Any] | list[Any] | Unset | None = UNSET,
    is_active: bool | Unset = UNSET,
    title: str | Unset = UNSET,
    note: str | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.TriggerResponse]:
    """Add a trigger to the draft of a workflow. It listens once the workflow is published.

    workflow: Id or slug of the workflow that it starts
    type: A trigger type, or the type of an event
    key: Its id in the definition; empty: the first that is free
    conditions: What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md)
    is_active: Whether it listens once it is published
    """
    return Call(
        operation="triggers_create",
        method="POST",
        path=filled("/api/v1/triggers/"),
        answers={201: m.TriggerResponse},
        body=given(
            {
                "workflow": workflow,
                "type": type,
                "key": key,
                "params": params,
                "filters": filters,
                "conditions": conditions,
                "is_active": is_active,
                "title": title,
                "note": note,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def triggers_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Take a trigger out of the draft. A published one stops at once, and is gone when the draft is published."""
    return Call(
        operation="triggers_destroy",
        method="DELETE",
        path=filled("/api/v1/triggers/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def triggers_list(
    *,
    cursor: str | None = None,
    is_active: bool | None = None,
    limit: int | None = None,
    q: str | None = None,
    type: str | None = None,
    workflow: str | None = None,
) -> Call[m.TriggerPage]:
    """The newest triggers first.

    cursor: From `next` or `previous` of another page
    is_active: Whether it listens: true or false
    limit: Rows of a page
    q: A part of the name of its workflow, or of its key
    type: The trigger type
    workflow: Id or slug of the workflow
    """
    return Call(
        operation="triggers_list",
        method="GET",
        path=filled("/api/v1/triggers/"),
        answers={200: m.TriggerPage},
        query={"cursor": cursor, "is_active": is_active, "limit": limit, "q": q, "type": type, "workflow": workflow},
    )


def triggers_partial_update(
    id: Named,
    *,
    type: str | Unset = UNSET,
    params: dict[str, Any] | Unset = UNSET,
    filters: dict[str, Any] | Unset = UNSET,
    conditions: dict[str, Any] | list[Any] | Unset | None = UNSET,
    is_active: bool | Unset = UNSET,
    is_enabled: bool | Unset = UNSET,
    title: str | Unset = UNSET,
    note: str | Unset = UNSET,
    if_match: str | None = None,
) -> Call[m.TriggerResponse]:
    """Change a trigger in the draft; publish the workflow to let the change hold. `is_active` and `is_enabled`
    switch a published one on or off at once.

    conditions: What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md);
        null: nothing
    is_active: In the draft, and at once where it is published
    is_enabled: At once, until the workflow is published again; not in the draft
    """
    return Call(
        operation="triggers_partial_update",
        method="PATCH",
        path=filled("/api/v1/triggers/{id}/", id=id),
        answers={200: m.TriggerResponse},
        body=given(
            {
                "type": type,
                "params": params,
                "filters": filters,
                "conditions": conditions,
                "is_active": is_active,
                "is_enabled": is_enabled,
                "title": title,
                "note": note,
            }
        ),
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

    create = binding.called(triggers_create)
    destroy = binding.called(triggers_destroy)
    list = binding.paged(triggers_list)
    partial_update = binding.called(triggers_partial_update)
    preview = binding.called(triggers_preview)
    retrieve = binding.called(triggers_retrieve)
    rotate_url = binding.called(triggers_rotate_url)


class AsyncTriggers(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(triggers_create)
    destroy = binding.awaited(triggers_destroy)
    list = binding.awaited_pages(triggers_list)
    partial_update = binding.awaited(triggers_partial_update)
    preview = binding.awaited(triggers_preview)
    retrieve = binding.awaited(triggers_retrieve)
    rotate_url = binding.awaited(triggers_rotate_url)
