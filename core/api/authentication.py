"""Who calls, and in which workspace: an API key, or a session of the browser with the header `X-Workspace: <slug>`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from core import tenancy
from core.actors import Actor
from core.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from core.models import ApiKey, Membership, Role, Workspace
from core.services import api_keys


@dataclass(frozen=True, slots=True)
class Caller:
    """Stands as `request.auth`: the workspace the request is for, the role in it, and a name for the records.

    `scopes` are those of a key, none for all; `user_id` and `account_id` say whose session or key it is, if anybody's;
    `expires_at` when that key ends.
    """

    workspace: Workspace
    role: Role
    name: str
    scopes: tuple[str, ...] = ()
    user_id: int | None = None
    account_id: UUID | None = None
    expires_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """The same for services."""
        return Actor(self.name, self.role, self.scopes, self.user_id, self.account_id, self.expires_at)


@dataclass(frozen=True, slots=True)
class Person:
    """Stands as `request.auth` where a session is enough: somebody who is signed in, in whatever workspaces."""

    user: User

    @property
    def name(self) -> str:
        return f"user {self.user.get_username()}"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer sq_...`; the key decides the workspace."""

    def authenticate(self, request: Request) -> tuple[ApiKey, Caller] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = api_keys.recognise(key.strip())
        if row is None:
            raise UnauthenticatedError("This API key is not known, was revoked, or has expired.")
        asked_for = request.headers.get("X-Workspace")
        if asked_for and asked_for != row.workspace.slug:
            raise ForbiddenError(f"This API key belongs to another workspace than {asked_for[:63]!r}.")
        return row, of_key(row)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class WorkspaceSessionAuthentication(SessionAuthentication):
    """A Django session (with CSRF protection) in the workspace that `X-Workspace` names, or the only one there is."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        found = super().authenticate(request)
        return None if found is None else (found[0], self.caller(request, found[0]))

    def caller(self, request: Request, user: User) -> Caller | Person:
        """Who it is, and where."""
        return _caller(user, slug=request.headers.get("X-Workspace"))


class StreamSessionAuthentication(WorkspaceSessionAuthentication):
    """A session in the workspace of the parameter `workspace`: what opens streams in browsers sends no headers."""

    def caller(self, request: Request, user: User) -> Caller:
        return _caller(user, slug=request.headers.get("X-Workspace") or request.query_params.get("workspace"))


class NamedWorkspaceSessionAuthentication(WorkspaceSessionAuthentication):
    """A session in the workspace whose slug is the `pk` of the URL, whatever the header says."""

    def caller(self, request: Request, user: User) -> Caller:
        slug = request.parser_context["kwargs"]["pk"]
        try:
            return _caller(user, slug=slug)
        except ForbiddenError:
            raise NotFoundError(f"You are in no workspace {slug[:63]!r}.") from None


class PersonAuthentication(WorkspaceSessionAuthentication):
    """A session of somebody who need be in no workspace."""

    def caller(self, request: Request, user: User) -> Person:
        return Person(user)


def of_key(row: ApiKey) -> Caller:
    """Who calls with this key."""
    name, scopes = f"key {row.prefix}", tuple(row.scopes)
    owner = (row.user_id, row.service_account_id)
    return Caller(row.workspace, Role(row.role), name, scopes, *owner, row.expires_at)


def _caller(user: User, *, slug: str | None) -> Caller:
    with tenancy.unscoped("a user may be a member of several workspaces"):
        rows = Membership.objects.filter(user=user).select_related("workspace")
        members = list(rows.filter(workspace__slug=slug) if slug else rows[:2])
    if len(members) == 1:
        name = f"user {user.get_username()}"
        return Caller(members[0].workspace, Role(members[0].role), name, user_id=user.pk)
    if members:
        raise ForbiddenError("You are a member of several workspaces: say which in the header X-Workspace.")
    raise ForbiddenError(f"You are not a member of the workspace {slug!r}." if slug else "You are in no workspace.")
