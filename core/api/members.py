"""Members over HTTP: who is in the workspace, and with which role."""

from datetime import datetime
from uuid import UUID

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.invitations import InvitationRequest, InvitationResponse
from core.api.invitations import shape as invitation_shape
from core.api.queries import ListQuery, parameters
from core.api.shapes import Page
from core.api.views import PersonalViewSet, WorkspaceViewSet, answer
from core.models import Membership, Role
from core.services import invitations, members


class RoleChange(BaseModel):
    """The role that a member is to have."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class AcceptRequest(BaseModel):
    """The token of an invitation."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=200, repr=False)


class MemberResponse(BaseModel):
    """Somebody in the workspace."""

    id: UUID
    user: str
    email: str
    role: str
    is_owner: bool
    created_at: datetime


class JoinedResponse(MemberResponse):
    """The new member, and where."""

    workspace: str


class MemberPage(Page[MemberResponse]):
    """Members, newest first."""


class MemberViewSet(WorkspaceViewSet):
    """The people of the workspace."""

    area = "access"
    roles = {"list": Role.VIEWER, "retrieve": Role.VIEWER, "leave": Role.VIEWER}

    @extend_schema(operation_id="members_list", parameters=parameters(ListQuery), responses=MemberPage)
    def list(self, request: Request) -> Response:
        """Everybody in the workspace."""
        self.query(ListQuery)
        return self.page(Membership.objects.select_related("user"), _shape)

    @extend_schema(operation_id="members_invite", request=InvitationRequest, responses={201: InvitationResponse})
    def create(self, request: Request) -> Response:
        """Invite somebody by mail. An open invitation to the same address ends; `mailed_at` says whether it left."""
        body = self.body(InvitationRequest)
        row = invitations.invite(email=body.email, role=body.role, by=self.caller.actor)
        return answer(invitation_shape(row), status=201)

    @extend_schema(operation_id="members_retrieve", responses=MemberResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One member."""
        return answer(_shape(self._find(pk)))

    @extend_schema(operation_id="members_partial_update", request=RoleChange, responses=MemberResponse)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Give a member another role. Their API keys have no higher one from then on."""
        row, body = self._find(pk), self.body(RoleChange)
        return answer(_shape(members.change_role(row.pk, body.role, by=self.caller.actor)))

    @extend_schema(operation_id="members_destroy", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a member. Their API keys of this workspace end."""
        members.remove(self._find(pk).pk, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(operation_id="members_transfer", request=None, responses=MemberResponse)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, pk: str) -> Response:
        """Make this member the owner of the workspace, and an admin. The owner alone may."""
        return answer(_shape(members.transfer(self._find(pk).pk, by=self.caller.actor)))

    @extend_schema(operation_id="members_leave", request=None, responses={204: None})
    @action(detail=False, methods=["post"])
    def leave(self, request: Request) -> Response:
        """Leave the workspace. One's API keys of it end."""
        members.leave(by=self.caller.actor)
        return Response(status=204)

    def _find(self, pk: str) -> Membership:
        return self.find(Membership.objects.select_related("user"), pk)


class AcceptViewSet(PersonalViewSet):
    """How those who were invited come in."""

    area = "access"

    @extend_schema(operation_id="members_accept", request=AcceptRequest, responses={201: JoinedResponse})
    def create(self, request: Request) -> Response:
        """Use the token of an invitation, as whoever is signed in."""
        person, body = self.person, self.body(AcceptRequest)
        row = invitations.accept(body.token, user=person.user)
        return answer(JoinedResponse(**_shape(row).model_dump(), workspace=row.workspace.slug), status=201)


def _shape(row: Membership) -> MemberResponse:
    return MemberResponse(
        id=row.pk,
        user=row.user.get_username(),
        email=row.user.email,
        role=row.role,
        is_owner=row.is_owner,
        created_at=row.created_at,
    )
