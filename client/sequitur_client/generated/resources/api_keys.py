"""`client.api_keys`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def api_keys_create(
    *,
    name: str,
    role: m.Role,
    scopes: list[str] | Unset = UNSET,
    expires_at: dt.datetime | Unset | None = UNSET,
    service_account: UUID | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.NewApiKeyResponse]:
    """Make a key. It is in this answer, and cannot be read again.

    scopes: Of events:read, events:write, workflows:read, workflows:write, runs:read, runs:write,
        connections:read, connections:write, data:read, data:write, secrets:read, secrets:write, workspace:read,
        workspace:write, access:read, access:write, audit:read; none: all that the role allows
    service_account: Whose key it is; left out: that of whoever asks
    """
    return Call(
        operation="api_keys_create",
        method="POST",
        path=filled("/api/v1/api-keys/"),
        answers={201: m.NewApiKeyResponse},
        body=given(
            {"name": name, "role": role, "scopes": scopes, "expires_at": expires_at, "service_account": service_account}
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def api_keys_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Revoke a key: it is refused from now on, and stays in the list; open invitations that it sent end. Twice is
    once.
    """
    return Call(
        operation="api_keys_destroy",
        method="DELETE",
        path=filled("/api/v1/api-keys/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def api_keys_list(
    *, cursor: str | None = None, limit: int | None = None, service_account: UUID | None = None
) -> Call[m.ApiKeyPage]:
    """All keys, those that ended too.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    service_account: Only those of this service account
    """
    return Call(
        operation="api_keys_list",
        method="GET",
        path=filled("/api/v1/api-keys/"),
        answers={200: m.ApiKeyPage},
        query={"cursor": cursor, "limit": limit, "service_account": service_account},
    )


def api_keys_partial_update(
    id: Named,
    *,
    name: str | Unset = UNSET,
    scopes: list[str] | Unset = UNSET,
    expires_at: dt.datetime | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.ApiKeyResponse]:
    """Change what is given.

    scopes: Of events:read, events:write, workflows:read, workflows:write, runs:read, runs:write,
        connections:read, connections:write, data:read, data:write, secrets:read, secrets:write, workspace:read,
        workspace:write, access:read, access:write, audit:read; none: all that the role allows
    """
    return Call(
        operation="api_keys_partial_update",
        method="PATCH",
        path=filled("/api/v1/api-keys/{id}/", id=id),
        answers={200: m.ApiKeyResponse},
        body=given({"name": name, "scopes": scopes, "expires_at": expires_at}),
        row=id,
        if_match=if_match,
    )


def api_keys_retrieve(id: Named) -> Call[m.ApiKeyResponse]:
    """One key."""
    return Call(
        operation="api_keys_retrieve",
        method="GET",
        path=filled("/api/v1/api-keys/{id}/", id=id),
        answers={200: m.ApiKeyResponse},
    )


def api_keys_rotate(
    id: Named, *, overlap_seconds: int | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RotatedResponse]:
    """Make a new key like this one, which ends at once, or after `overlap_seconds`."""
    return Call(
        operation="api_keys_rotate",
        method="POST",
        path=filled("/api/v1/api-keys/{id}/rotate/", id=id),
        answers={201: m.RotatedResponse},
        body=given({"overlap_seconds": overlap_seconds}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class ApiKeys(binding.Resource):
    """What can be done with api_keys."""

    create = binding.called(api_keys_create)
    destroy = binding.called(api_keys_destroy)
    list = binding.paged(api_keys_list)
    partial_update = binding.called(api_keys_partial_update)
    retrieve = binding.called(api_keys_retrieve)
    rotate = binding.called(api_keys_rotate)


class AsyncApiKeys(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(api_keys_create)
    destroy = binding.awaited(api_keys_destroy)
    list = binding.awaited_pages(api_keys_list)
    partial_update = binding.awaited(api_keys_partial_update)
    retrieve = binding.awaited(api_keys_retrieve)
    rotate = binding.awaited(api_keys_rotate)
