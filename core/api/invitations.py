"""Invitations over HTTP: who was asked to join; the token is in the mail alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import ListQuery, parameters
from core.api.shapes import Page
from core.api.views import WorkspaceViewSet
from core.models import Invitation, Role
from core.services import invitations


class InvitationRequest(BaseModel):
    """Whom to ask to join, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    role: Role


class InvitationResponse(BaseModel):
    """That somebody was asked. `mailed_at` is null while the mail has not left."""

    id: UUID
    email: str
    role: str
    status: str = Field(description="`open`, `expired`, `accepted` or `revoked`")
    invited_by: str
    created_at: datetime
    expires_at: datetime
    mailed_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str
    revoked_at: datetime | None


class InvitationPage(Page[InvitationResponse]):
    """Invitations, newest first."""


class InvitationViewSet(WorkspaceViewSet):
    """Who was asked to join."""

    area = "access"
    roles = {"list": Role.ADMIN}

    @extend_schema(operation_id="invitations_list", parameters=parameters(ListQuery), responses=InvitationPage)
    def list(self, request: Request) -> Response:
        """All invitations, with what became of them."""
        self.query(ListQuery)
        return self.page(Invitation.objects.all(), shape)

    @extend_schema(operation_id="invitations_destroy", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke an invitation. Twice is once; one that was accepted is refused (409)."""
        invitations.revoke(self.find(Invitation.objects.all(), pk).pk, by=self.caller.actor)
        return Response(status=204)


def shape(row: Invitation) -> InvitationResponse:
    """The invitation as it is shown."""
    same = (
        "id", "email", "role", "invited_by", "created_at", "expires_at", "mailed_at", "accepted_at", "accepted_by",
        "revoked_at",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(row, name) for name in same}
    return InvitationResponse(**values, status=_status(row))


def _status(row: Invitation) -> str:
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= timezone.now() else "open"
