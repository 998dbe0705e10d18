"""`client.patterns`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def patterns_create(
    *,
    name: str,
    type: str,
    description: str | Unset = UNSET,
    params: dict[str, Any] | Unset = UNSET,
    filters: dict[str, Any] | Unset = UNSET,
    conditions: dict[str, Any] | list[Any] | Unset | None = UNSET,
    is_active: bool | Unset = UNSET,
    workflow: str | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.PatternResponse]:
    """Store a pattern. With a `workflow`, its draft is given a trigger that names it.

    name: As triggers name it: `{type: pattern, params: {pattern: <name>}}`
    type: The type of an event, or a trigger type
    conditions: What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md)
    is_active: Whether those that name it listen
    workflow: Id or slug of a workflow, whose draft is given a trigger for it
    """
    return Call(
        operation="patterns_create",
        method="POST",
        path=filled("/api/v1/patterns/"),
        answers={201: m.PatternResponse},
        body=given(
            {
                "name": name,
                "type": type,
                "description": description,
                "params": params,
                "filters": filters,
                "conditions": conditions,
                "is_active": is_active,
                "workflow": workflow,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def patterns_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete a pattern that no workflow names."""
    return Call(
        operation="patterns_destroy",
        method="DELETE",
        path=filled("/api/v1/patterns/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def patterns_list(
    *,
    cursor: str | None = None,
    event_type: str | None = None,
    is_active: bool | None = None,
    limit: int | None = None,
    name: str | None = None,
    q: str | None = None,
    type: str | None = None,
) -> Call[m.PatternPage]:
    """The newest patterns first.

    cursor: From `next` or `previous` of another page
    event_type: What it listens to, as it was written
    is_active: true or false
    limit: Rows of a page
    name: The whole name
    q: A part of the name, or of the description
    type: As it was written
    """
    return Call(
        operation="patterns_list",
        method="GET",
        path=filled("/api/v1/patterns/"),
        answers={200: m.PatternPage},
        query={
            "cursor": cursor,
            "event_type": event_type,
            "is_active": is_active,
            "limit": limit,
            "name": name,
            "q": q,
            "type": type,
        },
    )


def patterns_partial_update(
    id: Named,
    *,
    name: str | Unset = UNSET,
    description: str | Unset = UNSET,
    type: str | Unset = UNSET,
    params: dict[str, Any] | Unset = UNSET,
    filters: dict[str, Any] | Unset = UNSET,
    conditions: dict[str, Any] | list[Any] | Unset | None = UNSET,
    is_active: bool | Unset = UNSET,
    if_match: str | None = None,
) -> Call[m.PatternResponse]:
    """Change a pattern. What workflows that name it listen to changes at once, without publishing them.

    name: Only while no workflow names it
    conditions: What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md);
        null: nothing
    """
    return Call(
        operation="patterns_partial_update",
        method="PATCH",
        path=filled("/api/v1/patterns/{id}/", id=id),
        answers={200: m.PatternResponse},
        body=given(
            {
                "name": name,
                "description": description,
                "type": type,
                "params": params,
                "filters": filters,
                "conditions": conditions,
                "is_active": is_active,
            }
        ),
        row=id,
        if_match=if_match,
    )


def patterns_retrieve(id: Named) -> Call[m.PatternResponse]:
    """One pattern, with the workflows that name it."""
    return Call(
        operation="patterns_retrieve",
        method="GET",
        path=filled("/api/v1/patterns/{id}/", id=id),
        answers={200: m.PatternResponse},
    )


class Patterns(binding.Resource):
    """What can be done with patterns."""

    create = binding.called(patterns_create)
    destroy = binding.called(patterns_destroy)
    list = binding.paged(patterns_list)
    partial_update = binding.called(patterns_partial_update)
    retrieve = binding.called(patterns_retrieve)


class AsyncPatterns(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(patterns_create)
    destroy = binding.awaited(patterns_destroy)
    list = binding.awaited_pages(patterns_list)
    partial_update = binding.awaited(patterns_partial_update)
    retrieve = binding.awaited(patterns_retrieve)
