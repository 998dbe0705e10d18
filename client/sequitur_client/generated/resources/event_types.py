"""`client.event_types`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def event_types_create(
    *,
    name: str,
    description: str | Unset = UNSET,
    producer: str | Unset = UNSET,
    labels: list[str] | Unset = UNSET,
    schema: dict[str, Any] | Unset | None = UNSET,
    sample: Any = UNSET,
    validation: m.Validation | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.EventTypeResponse]:
    """Register a type. A name that is registered already is answered with 409.

    name: The `type` of its events; never changes
    producer: Who sends it
    labels: Words that go with it, e.g. what a detector can find
    schema: JSON Schema (2020-12) of the data
    sample: Data of such an event; fits the schema
    validation: Whether data that does not fit is accepted, accepted with warnings, or refused
    """
    return Call(
        operation="event_types_create",
        method="POST",
        path=filled("/api/v1/event-types/"),
        answers={201: m.EventTypeResponse},
        body=given(
            {
                "name": name,
                "description": description,
                "producer": producer,
                "labels": labels,
                "schema": schema,
                "sample": sample,
                "validation": validation,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def event_types_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Forget what is said about a type. Its events stay, and new ones are accepted unvalidated."""
    return Call(
        operation="event_types_destroy",
        method="DELETE",
        path=filled("/api/v1/event-types/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def event_types_list(*, cursor: str | None = None, limit: int | None = None) -> Call[m.EventTypePage]:
    """All types by name: those that were registered, and those that only came (`registered: false`).

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="event_types_list",
        method="GET",
        path=filled("/api/v1/event-types/"),
        answers={200: m.EventTypePage},
        query={"cursor": cursor, "limit": limit},
    )


def event_types_partial_update(
    id: Named,
    *,
    description: str | Unset = UNSET,
    producer: str | Unset = UNSET,
    labels: list[str] | Unset = UNSET,
    schema: dict[str, Any] | Unset | None = UNSET,
    sample: Any = UNSET,
    validation: m.Validation | Unset = UNSET,
    if_match: str | None = None,
) -> Call[m.EventTypeResponse]:
    """Change what is sent, and nothing else. Holds for the next event, in every process.

    producer: Who sends it
    labels: Words that go with it, e.g. what a detector can find
    schema: JSON Schema (2020-12) of the data
    sample: Data of such an event; fits the schema
    validation: Whether data that does not fit is accepted, accepted with warnings, or refused
    """
    return Call(
        operation="event_types_partial_update",
        method="PATCH",
        path=filled("/api/v1/event-types/{id}/", id=id),
        answers={200: m.EventTypeResponse},
        body=given(
            {
                "description": description,
                "producer": producer,
                "labels": labels,
                "schema": schema,
                "sample": sample,
                "validation": validation,
            }
        ),
        row=id,
        if_match=if_match,
    )


def event_types_retrieve(id: Named) -> Call[m.EventTypeResponse]:
    """One type, registered or only seen."""
    return Call(
        operation="event_types_retrieve",
        method="GET",
        path=filled("/api/v1/event-types/{id}/", id=id),
        answers={200: m.EventTypeResponse},
    )


def event_types_update(
    id: Named,
    *,
    description: str | Unset = UNSET,
    producer: str | Unset = UNSET,
    labels: list[str] | Unset = UNSET,
    schema: dict[str, Any] | Unset | None = UNSET,
    sample: Any = UNSET,
    validation: m.Validation | Unset = UNSET,
    if_match: str | None = None,
) -> Call[m.EventTypeResponse]:
    """Say everything about a type anew; one that is not registered is (201).

    producer: Who sends it
    labels: Words that go with it, e.g. what a detector can find
    schema: JSON Schema (2020-12) of the data
    sample: Data of such an event; fits the schema
    validation: Whether data that does not fit is accepted, accepted with warnings, or refused
    """
    return Call(
        operation="event_types_update",
        method="PUT",
        path=filled("/api/v1/event-types/{id}/", id=id),
        answers={200: m.EventTypeResponse, 201: m.EventTypeResponse},
        body=given(
            {
                "description": description,
                "producer": producer,
                "labels": labels,
                "schema": schema,
                "sample": sample,
                "validation": validation,
            }
        ),
        row=id,
        if_match=if_match,
    )


class EventTypes(binding.Resource):
    """What can be done with event_types."""

    create = binding.called(event_types_create)
    destroy = binding.called(event_types_destroy)
    list = binding.paged(event_types_list)
    partial_update = binding.called(event_types_partial_update)
    retrieve = binding.called(event_types_retrieve)
    update = binding.called(event_types_update)


class AsyncEventTypes(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(event_types_create)
    destroy = binding.awaited(event_types_destroy)
    list = binding.awaited_pages(event_types_list)
    partial_update = binding.awaited(event_types_partial_update)
    retrieve = binding.awaited(event_types_retrieve)
    update = binding.awaited(event_types_update)
