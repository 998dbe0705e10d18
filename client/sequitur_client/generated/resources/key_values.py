"""`client.key_values`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def key_values_destroy(path: Named, *, if_version: int | None = None, if_match: str | None = None) -> Call[None]:
    """Forget a value.

    if_version: Only when this is the version
    """
    return Call(
        operation="key_values_destroy",
        method="DELETE",
        path=filled("/api/v1/kv/{path}/", path=path),
        answers={204: None},
        query={"if_version": if_version},
        row=path,
        if_match=if_match,
    )


def key_values_list(
    *, cursor: str | None = None, limit: int | None = None, namespace: str | None = None, prefix: str | None = None
) -> Call[m.KeyValuePage]:
    """The keys, without their values.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    namespace: Only of this namespace
    prefix: Only keys that begin so
    """
    return Call(
        operation="key_values_list",
        method="GET",
        path=filled("/api/v1/kv/"),
        answers={200: m.KeyValuePage},
        query={"cursor": cursor, "limit": limit, "namespace": namespace, "prefix": prefix},
    )


def key_values_retrieve(path: Named) -> Call[m.KeyValueResponse]:
    """One value; 404 when it has expired."""
    return Call(
        operation="key_values_retrieve",
        method="GET",
        path=filled("/api/v1/kv/{path}/", path=path),
        answers={200: m.KeyValueResponse},
    )


def key_values_update(
    path: Named,
    *,
    value: Any,
    expires_in_seconds: float | Unset | None = UNSET,
    if_version: int | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.KeyValueResponse]:
    """Keep a value under the key. 409 (version_conflict) when `if_version` does not hold.

    value: At most 256 KB as JSON
    expires_in_seconds: null: never
    if_version: Only when this is the version; 0: only when there is none
    """
    return Call(
        operation="key_values_update",
        method="PUT",
        path=filled("/api/v1/kv/{path}/", path=path),
        answers={200: m.KeyValueResponse},
        body=given({"value": value, "expires_in_seconds": expires_in_seconds, "if_version": if_version}),
        row=path,
        if_match=if_match,
    )


class KeyValues(binding.Resource):
    """What can be done with key_values."""

    destroy = binding.called(key_values_destroy)
    list = binding.paged(key_values_list)
    retrieve = binding.called(key_values_retrieve)
    update = binding.called(key_values_update)


class AsyncKeyValues(binding.AsyncResource):
    """Calls that are awaited."""

    destroy = binding.awaited(key_values_destroy)
    list = binding.awaited_pages(key_values_list)
    retrieve = binding.awaited(key_values_retrieve)
    update = binding.awaited(key_values_update)
