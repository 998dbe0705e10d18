"""Secrets over HTTP: written, named, never read."""

from datetime import datetime

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.request import Request
from rest_framework.response import Response

from core import ports
from core.api.shapes import Listing
from core.api.views import WorkspaceViewSet, answer
from core.errors import NotFoundError
from core.models import Role, Secret
from core.services import secrets


class SecretRequest(BaseModel):
    """A secret to store. Templates of parameters read it as `secrets.<name>`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    value: str = Field(repr=False)


class SecretResponse(BaseModel):
    """That a secret exists; its value is never shown."""

    name: str
    created_at: datetime
    updated_at: datetime


class SecretListing(Listing[SecretResponse]):
    """All secrets of the workspace."""


class SecretUseResponse(BaseModel):
    """A workflow that reads the secret: in the version that is active, or only in its draft."""

    workflow: str
    is_active: bool


class SecretDetailResponse(SecretResponse):
    """That a secret exists, and who reads it."""

    used_by: list[SecretUseResponse]


class SecretViewSet(WorkspaceViewSet):
    """What templates may send and nobody may read."""

    area = "secrets"
    roles = {"list": Role.EDITOR, "retrieve": Role.EDITOR}

    @extend_schema(operation_id="secrets_list", responses=SecretListing)
    def list(self, request: Request) -> Response:
        """The names of the secrets."""
        return answer(SecretListing(results=[shape(row) for row in Secret.objects.all()]))

    @extend_schema(
        operation_id="secrets_create", request=SecretRequest, responses={200: SecretResponse, 201: SecretResponse}
    )
    def create(self, request: Request) -> Response:
        """Store a secret, or replace the value of the one with this name."""
        body = self.body(SecretRequest)
        row, created = secrets.put(name=body.name, value=body.value, by=self.caller.name)
        return answer(shape(row), status=201 if created else 200)

    @extend_schema(operation_id="secrets_retrieve", responses=SecretDetailResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One secret by its name, without its value: when it was stored, and which workflows read it."""
        row = Secret.objects.filter(name=pk).first()
        if row is None:
            raise NotFoundError(f"There is no secret {pk[:100]!r} in this workspace.")
        found = ports.users_of_secret(row.name)
        uses = [SecretUseResponse(workflow=each.workflow, is_active=each.is_active) for each in found]
        return answer(SecretDetailResponse(**shape(row).model_dump(), used_by=uses))

    @extend_schema(operation_id="secrets_destroy", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a secret by its name, unless an active workflow reads it (409)."""
        secrets.delete(pk, by=self.caller.name)
        return Response(status=204)


def shape(row: Secret) -> SecretResponse:
    """A secret without its value."""
    return SecretResponse(name=row.name, created_at=row.created_at, updated_at=row.updated_at)
