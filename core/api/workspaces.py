"""Workspaces over HTTP: those of the caller, what they are held to, and how much of it is used."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import ApiKeyAuthentication, NamedWorkspaceSessionAuthentication
from core.api.etags import IF_MATCH
from core.api.shapes import Listing, Name
from core.api.views import PersonalViewSet, WorkspaceViewSet, answer
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from core.models import Role, Workspace
from core.selectors import quotas
from core.selectors import workspaces as selectors
from core.services import workspace_changes, workspaces


class WorkspaceRequest(BaseModel):
    """A workspace to make."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(max_length=63, description="Letters, digits, - and _; it stays")
    name: Name


class WorkspaceChange(BaseModel):
    """What is to be changed, each as a whole; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Any = Field(None, description="Text")
    time_zone: Any = Field(None, description="An IANA name, such as Europe/Amsterdam")
    settings: Any = Field(None, description="An object; templates see it as `workspace.<name>`")
    variables: Any = Field(None, description="An object; templates see it as `vars.<name>`")
    limits: Any = Field(None, description="An object; none above the server's")
    flow: Any = Field(None, description="An object: defaults and ceilings of flow control")
    outbound: Any = Field(None, description="An object: what requests may reach")
    action_roles: Any = Field(None, description="An object: which role may use an action type")
    weight: Any = Field(None, description="1 to 100; for operators alone")


class WorkspaceSummary(BaseModel):
    """A workspace, and what the caller is in it."""

    slug: str
    name: str
    role: str
    is_owner: bool


class WorkspaceListing(Listing[WorkspaceSummary]):
    """All workspaces of the caller."""


class WorkspaceResponse(BaseModel):
    """A workspace with all that its admins write."""

    id: str
    slug: str
    name: str
    time_zone: str
    settings: dict[str, Any]
    variables: dict[str, Any]
    limits: dict[str, Any]
    flow: dict[str, Any]
    outbound: dict[str, Any]
    action_roles: dict[str, Any]
    weight: int
    created_at: datetime


class QuotaResponse(BaseModel):
    """How much is used of a limit. `used` is null where nothing is counted, `limit` where there is none."""

    name: str
    used: int | None
    limit: int | None
    resets_at: datetime | None


class QuotaListing(Listing[QuotaResponse]):
    """All quotas."""


class MyWorkspacesViewSet(PersonalViewSet):
    """The workspaces of whoever calls."""

    area = "workspace"

    @extend_schema(operation_id="workspaces_list", responses=WorkspaceListing)
    def list(self, request: Request) -> Response:
        """All workspaces that a person is in; of a key, its own."""
        if isinstance(request.user, User):
            found = [_summary(each.workspace, each.role, each.is_owner) for each in selectors.of_user(request.user)]
        else:
            found = [_summary(self.caller.workspace, self.caller.role, is_owner=False)]
        return answer(WorkspaceListing(results=found))

    @extend_schema(operation_id="workspaces_create", request=WorkspaceRequest, responses={201: WorkspaceResponse})
    def create(self, request: Request) -> Response:
        """Make a workspace, owned by who is signed in: by staff, or where the server is open (403 elsewhere)."""
        user = self.person.user
        if not (user.is_staff or settings.SEQUITUR_OPEN_WORKSPACES):
            raise ForbiddenError("Only operators make workspaces here; ask one of them.")
        body = self.body(WorkspaceRequest)
        if Workspace.objects.filter(slug=body.slug).exists():
            raise ConflictError(f"There is a workspace {body.slug!r} already.")
        try:
            row = workspaces.create(slug=body.slug, name=body.name, owner=user, by=self.person.name)
        except ValidationError as error:
            found = [Problem(f"/{name}", "invalid", " ".join(words)) for name, words in error.message_dict.items()]
            raise InvalidError("The workspace was not made.", problems=found) from None
        return answer(_shape(row), status=201)


class NamedWorkspaceViewSet(WorkspaceViewSet):
    """What is below `workspaces/{slug}/`."""

    area = "workspace"
    authentication_classes = (ApiKeyAuthentication, NamedWorkspaceSessionAuthentication)

    def own(self, slug: str) -> Workspace:
        """The workspace of the caller. Raises `NotFoundError` where the URL names another one, there or not."""
        if slug != self.caller.workspace.slug:
            raise NotFoundError(f"You are in no workspace {slug[:63]!r}.")
        return self.caller.workspace


class WorkspaceDetailViewSet(NamedWorkspaceViewSet):
    """One workspace, found by its slug."""

    @extend_schema(operation_id="workspaces_retrieve", responses=WorkspaceResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """The workspace with its settings and limits. Its `ETag` is for `If-Match` of a change."""
        return self._shown(self.own(pk))

    @extend_schema(
        operation_id="workspaces_partial_update",
        request=WorkspaceChange,
        responses=WorkspaceResponse,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Replace the columns that are given, each as a whole: with `If-Match`, 412 where somebody changed any of them
        meanwhile."""
        self.own(pk)
        body = self.body(WorkspaceChange)
        changes = {name: getattr(body, name) for name in body.model_fields_set}
        if "weight" in changes and not getattr(request.user, "is_staff", False):
            raise ForbiddenError("Only operators change `weight`: what one workspace gains by it, the others lose.")
        return self._shown(workspace_changes.change(changes, by=self.caller.actor, expected=self.expected))

    @extend_schema(operation_id="workspaces_quotas", responses=QuotaListing)
    @action(detail=True, methods=["get"])
    def quotas(self, request: Request, pk: str) -> Response:
        """How much of its limits the workspace has used."""
        found = quotas.of_workspace(self.own(pk), now=timezone.now())
        results = [
            QuotaResponse(name=each.name, used=each.used, limit=each.limit, resets_at=each.resets_at) for each in found
        ]
        return answer(QuotaListing(results=results))

    def _shown(self, row: Workspace) -> Response:
        return self.tagged(_shape(row), state=workspace_changes.state(row))


def _summary(row: Workspace, role: str, is_owner: bool) -> WorkspaceSummary:
    return WorkspaceSummary(slug=row.slug, name=row.name, role=Role(role).value, is_owner=is_owner)


def _shape(row: Workspace) -> WorkspaceResponse:
    same = (
        "slug", "name", "time_zone", "settings", "variables", "limits", "flow", "outbound", "action_roles", "weight",
        "created_at",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(row, name) for name in same}
    return WorkspaceResponse(id=str(row.pk), **values)
