"""Who calls, and in which workspace: an API key, or a session of the browser with the header `X-Workspace: <slug>`."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from core import tenancy
from core.errors import ForbiddenError, UnauthenticatedError
from core.models import ApiKey, Membership, Role, Workspace
from core.services import api_keys


@dataclass(frozen=True, slots=True)
class Caller:
    """Stands as `request.auth`: the workspace the request is for, the role in it, and a name for the records."""

    workspace: Workspace
    role: Role
    name: str


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
        return row, Caller(row.workspace, Role(row.role), f"key {row.prefix}")

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class WorkspaceSessionAuthentication(SessionAuthentication):
    """A Django session (with CSRF protection) in the workspace that `X-Workspace` names, or the only one there is."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user: User = found[0]
        return user, _caller(user, slug=request.headers.get("X-Workspace"))


def _caller(user: User, *, slug: str | None) -> Caller:
    with tenancy.unscoped("a user may be a member of several workspaces"):
        rows = Membership.objects.filter(user=user).select_related("workspace")
        members = list(rows.filter(workspace__slug=slug) if slug else rows[:2])
    if len(members) == 1:
        return Caller(members[0].workspace, Role(members[0].role), f"user {user.get_username()}")
    if members:
        raise ForbiddenError("You are a member of several workspaces: say which in the header X-Workspace.")
    raise ForbiddenError(f"You are not a member of the workspace {slug!r}." if slug else "You are in no workspace.")
