"""`client.service_accounts`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def service_accounts_create(
    *, name: str, role: m.Role, idempotency_key: str | None = None
) -> Call[m.ServiceAccountResponse]:
    """Make one; then make it a key with `POST api-keys/` and its id as `service_account`."""
    return Call(
        operation="service_accounts_create",
        method="POST",
        path=filled("/api/v1/service-accounts/"),
        answers={201: m.ServiceAccountResponse},
        body=given({"name": name, "role": role}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def service_accounts_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete it, with its keys."""
    return Call(
        operation="service_accounts_destroy",
        method="DELETE",
        path=filled("/api/v1/service-accounts/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def service_accounts_list(*, cursor: str | None = None, limit: int | None = None) -> Call[m.ServiceAccountPage]:
    """All service accounts.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="service_accounts_list",
        method="GET",
        path=filled("/api/v1/service-accounts/"),
        answers={200: m.ServiceAccountPage},
        query={"cursor": cursor, "limit": limit},
    )


def service_accounts_partial_update(
    id: Named, *, name: str | Unset = UNSET, role: m.Role | Unset = UNSET, if_match: str | None = None
) -> Call[m.ServiceAccountResponse]:
    """Change its name, or its role: its keys have no higher one from then on."""
    return Call(
        operation="service_accounts_partial_update",
        method="PATCH",
        path=filled("/api/v1/service-accounts/{id}/", id=id),
        answers={200: m.ServiceAccountResponse},
        body=given({"name": name, "role": role}),
        row=id,
        if_match=if_match,
    )


def service_accounts_retrieve(id: Named) -> Call[m.ServiceAccountResponse]:
    """One service account."""
    return Call(
        operation="service_accounts_retrieve",
        method="GET",
        path=filled("/api/v1/service-accounts/{id}/", id=id),
        answers={200: m.ServiceAccountResponse},
    )


class ServiceAccounts(binding.Resource):
    """What can be done with service_accounts."""

    create = binding.called(service_accounts_create)
    destroy = binding.called(service_accounts_destroy)
    list = binding.paged(service_accounts_list)
    partial_update = binding.called(service_accounts_partial_update)
    retrieve = binding.called(service_accounts_retrieve)


class AsyncServiceAccounts(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(service_accounts_create)
    destroy = binding.awaited(service_accounts_destroy)
    list = binding.awaited_pages(service_accounts_list)
    partial_update = binding.awaited(service_accounts_partial_update)
    retrieve = binding.awaited(service_accounts_retrieve)
