"""Secrets over HTTP: written, named, never read."""

from datetime import datetime

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.shapes import Listing
from core.api.views import WorkspaceViewSet, answer
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


class SecretViewSet(WorkspaceViewSet):
    """What templates may send and nobody may read."""

    roles = {"list": Role.EDITOR, "create": Role.ADMIN}

    @extend_schema(operation_id="secrets_list", responses=SecretListing)
    def list(self, request: Request) -> Response:
        """The names of the secrets."""
        return answer(SecretListing(results=[_shape(row) for row in Secret.objects.all()]))

    @extend_schema(
        operation_id="secrets_create", request=SecretRequest, responses={200: SecretResponse, 201: SecretResponse}
    )
    def create(self, request: Request) -> Response:
        """Store a secret, or replace the value of the one with this name."""
        body = self.body(SecretRequest)
        row, created = secrets.put(name=body.name, value=body.value)
        return answer(_shape(row), status=201 if created else 200)


def _shape(row: Secret) -> SecretResponse:
    return SecretResponse(name=row.name, created_at=row.created_at, updated_at=row.updated_at)
