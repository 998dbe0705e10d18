"""`client.connections`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Form, Named, Unset, filled, given
from sequitur_client.generated import models as m


def connections_authorize(id: Named, *, idempotency_key: str | None = None) -> Call[m.AuthorizeResponse]:
    """The URL where a person lets us act for them: open it in a browser, within ten minutes."""
    return Call(
        operation="connections_authorize",
        method="POST",
        path=filled("/api/v1/connections/{id}/authorize/", id=id),
        answers={200: m.AuthorizeResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def connections_create(
    *,
    name: str,
    kind: str,
    settings: dict[str, Any] | Unset = UNSET,
    secrets: dict[str, Any] | Unset = UNSET,
    role: m.Role | Unset = UNSET,
    expires_at: dt.datetime | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.ConnectionResponse]:
    """Store a new connection.

    secrets: Never answered again
    role: The least role of publishers whose workflows may use it
    expires_at: When its credentials end, if you know
    """
    return Call(
        operation="connections_create",
        method="POST",
        path=filled("/api/v1/connections/"),
        answers={201: m.ConnectionResponse},
        body=given(
            {
                "name": name,
                "kind": kind,
                "settings": settings,
                "secrets": secrets,
                "role": role,
                "expires_at": expires_at,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def connections_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete a connection that no active workflow uses."""
    return Call(
        operation="connections_destroy",
        method="DELETE",
        path=filled("/api/v1/connections/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def connections_list(*, kind: str | None = None) -> Call[m.ConnectionListing]:
    """All connections, by name, each with what somebody should look at.

    kind: The key of a connection type
    """
    return Call(
        operation="connections_list",
        method="GET",
        path=filled("/api/v1/connections/"),
        answers={200: m.ConnectionListing},
        query={"kind": kind},
    )


def connections_oauth_callback() -> Call[str]:
    """Store the tokens for the code that the other side gave, and say that it is connected."""
    return Call(
        operation="connections_oauth_callback",
        method="GET",
        path=filled("/api/v1/connections/oauth/callback/"),
        answers={200: str},
        form=Form.TEXT,
    )


def connections_partial_update(
    id: Named,
    *,
    name: str | Unset = UNSET,
    settings: dict[str, Any] | Unset = UNSET,
    secrets: dict[str, Any] | Unset = UNSET,
    role: m.Role | Unset = UNSET,
    expires_at: dt.datetime | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.ConnectionResponse]:
    """Change what is given. Secrets that are left out keep their value, unless the address changes.

    secrets: null takes one away
    """
    return Call(
        operation="connections_partial_update",
        method="PATCH",
        path=filled("/api/v1/connections/{id}/", id=id),
        answers={200: m.ConnectionResponse},
        body=given({"name": name, "settings": settings, "secrets": secrets, "role": role, "expires_at": expires_at}),
        row=id,
        if_match=if_match,
    )


def connections_retrieve(id: Named) -> Call[m.ConnectionResponse]:
    """One connection, without its secrets."""
    return Call(
        operation="connections_retrieve",
        method="GET",
        path=filled("/api/v1/connections/{id}/", id=id),
        answers={200: m.ConnectionResponse},
    )


def connections_test(id: Named) -> Call[m.ConnectionTestResponse]:
    """Find out whether it works. The answer is 200 either way: `ok` says which."""
    return Call(
        operation="connections_test",
        method="POST",
        path=filled("/api/v1/connections/{id}/test/", id=id),
        answers={200: m.ConnectionTestResponse},
    )


class Connections(binding.Resource):
    """What can be done with connections."""

    authorize = binding.called(connections_authorize)
    create = binding.called(connections_create)
    destroy = binding.called(connections_destroy)
    list = binding.listed(connections_list)
    oauth_callback = binding.called(connections_oauth_callback)
    partial_update = binding.called(connections_partial_update)
    retrieve = binding.called(connections_retrieve)
    test = binding.called(connections_test)


class AsyncConnections(binding.AsyncResource):
    """Calls that are awaited."""

    authorize = binding.awaited(connections_authorize)
    create = binding.awaited(connections_create)
    destroy = binding.awaited(connections_destroy)
    list = binding.awaited_list(connections_list)
    oauth_callback = binding.awaited(connections_oauth_callback)
    partial_update = binding.awaited(connections_partial_update)
    retrieve = binding.awaited(connections_retrieve)
    test = binding.awaited(connections_test)
