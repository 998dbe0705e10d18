"""`client.secrets`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, Named, filled, given
from sequitur_client.generated import models as m


def secrets_create(*, name: str, value: str, idempotency_key: str | None = None) -> Call[m.SecretResponse]:
    """Store a secret, or replace the value of the one with this name."""
    return Call(
        operation="secrets_create",
        method="POST",
        path=filled("/api/v1/secrets/"),
        answers={200: m.SecretResponse, 201: m.SecretResponse},
        body=given({"name": name, "value": value}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def secrets_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete a secret by its name, unless an active workflow reads it (409)."""
    return Call(
        operation="secrets_destroy",
        method="DELETE",
        path=filled("/api/v1/secrets/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def secrets_list() -> Call[m.SecretListing]:
    """The names of the secrets."""
    return Call(operation="secrets_list", method="GET", path=filled("/api/v1/secrets/"), answers={200: m.SecretListing})


def secrets_retrieve(id: Named) -> Call[m.SecretDetailResponse]:
    """One secret by its name, without its value: when it was stored, and which workflows read it."""
    return Call(
        operation="secrets_retrieve",
        method="GET",
        path=filled("/api/v1/secrets/{id}/", id=id),
        answers={200: m.SecretDetailResponse},
    )


class Secrets(binding.Resource):
    """What can be done with secrets."""

    create = binding.called(secrets_create)
    destroy = binding.called(secrets_destroy)
    list = binding.listed(secrets_list)
    retrieve = binding.called(secrets_retrieve)


class AsyncSecrets(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(secrets_create)
    destroy = binding.awaited(secrets_destroy)
    list = binding.awaited_list(secrets_list)
    retrieve = binding.awaited(secrets_retrieve)
