"""`client.connectors`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def connectors_create(
    *,
    name: str,
    title: str,
    base_url: str,
    operations: list[m.Operation],
    description: str | Unset = UNSET,
    icon: str | Unset = UNSET,
    source: str | Unset = UNSET,
    auth: m.NoAuth | m.BearerAuth | m.BasicAuth | m.ApiKeyAuth | m.OAuth2Auth | Unset = UNSET,
    settings: dict[str, m.Setting] | Unset = UNSET,
    headers: dict[str, str] | Unset = UNSET,
    errors: m.Errors | Unset = UNSET,
    test: m.Test | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.ConnectorResponse]:
    """Store a connector. A name that is taken is answered with 409.

    source: Where the vendor describes the API
    headers: Sent with every request
    """
    return Call(
        operation="connectors_create",
        method="POST",
        path=filled("/api/v1/connectors/"),
        answers={201: m.ConnectorResponse},
        body=given(
            {
                "name": name,
                "title": title,
                "base_url": base_url,
                "operations": operations,
                "description": description,
                "icon": icon,
                "source": source,
                "auth": auth,
                "settings": settings,
                "headers": headers,
                "errors": errors,
                "test": test,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def connectors_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete a connector. Workflows that use it fail from then on, and cannot be published."""
    return Call(
        operation="connectors_destroy",
        method="DELETE",
        path=filled("/api/v1/connectors/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def connectors_list() -> Call[m.ConnectorListing]:
    """All connectors of this workspace; those of the installation are action types like any other."""
    return Call(
        operation="connectors_list", method="GET", path=filled("/api/v1/connectors/"), answers={200: m.ConnectorListing}
    )


def connectors_retrieve(id: Named) -> Call[m.ConnectorResponse]:
    """One connector, with the JSON Schemas of its operations."""
    return Call(
        operation="connectors_retrieve",
        method="GET",
        path=filled("/api/v1/connectors/{id}/", id=id),
        answers={200: m.ConnectorResponse},
    )


def connectors_update(
    id: Named,
    *,
    name: str,
    title: str,
    base_url: str,
    operations: list[m.Operation],
    description: str | Unset = UNSET,
    icon: str | Unset = UNSET,
    source: str | Unset = UNSET,
    auth: m.NoAuth | m.BearerAuth | m.BasicAuth | m.ApiKeyAuth | m.OAuth2Auth | Unset = UNSET,
    settings: dict[str, m.Setting] | Unset = UNSET,
    headers: dict[str, str] | Unset = UNSET,
    errors: m.Errors | Unset = UNSET,
    test: m.Test | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.ConnectorResponse]:
    """Store a connector under this name, whether there was one (200) or not (201). Holds for the next action.

    source: Where the vendor describes the API
    headers: Sent with every request
    """
    return Call(
        operation="connectors_update",
        method="PUT",
        path=filled("/api/v1/connectors/{id}/", id=id),
        answers={200: m.ConnectorResponse, 201: m.ConnectorResponse},
        body=given(
            {
                "name": name,
                "title": title,
                "base_url": base_url,
                "operations": operations,
                "description": description,
                "icon": icon,
                "source": source,
                "auth": auth,
                "settings": settings,
                "headers": headers,
                "errors": errors,
                "test": test,
            }
        ),
        row=id,
        if_match=if_match,
    )


class Connectors(binding.Resource):
    """What can be done with connectors."""

    create = binding.called(connectors_create)
    destroy = binding.called(connectors_destroy)
    list = binding.listed(connectors_list)
    retrieve = binding.called(connectors_retrieve)
    update = binding.called(connectors_update)


class AsyncConnectors(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(connectors_create)
    destroy = binding.awaited(connectors_destroy)
    list = binding.awaited_list(connectors_list)
    retrieve = binding.awaited(connectors_retrieve)
    update = binding.awaited(connectors_update)
