"""What a role and the scopes of a key may call.

Reading needs a viewer; a view says in `write_role` (or by action in `roles`) the rest. Every view has an `area` (or by
action in `areas`), which with read or write is the scope that a key with scopes needs (`core.scopes`). What is sent
with POST and changes nothing stands in `asking`, and reads.
"""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core import scopes
from core.api.authentication import Caller, Person
from core.errors import ForbiddenError, UnauthenticatedError
from core.models import Role


class HasRole(BasePermission):
    """Refuses callers without a workspace (401), with a lesser role or other scopes than the view asks for (403)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            raise UnauthenticatedError
        check_role(caller, _needed(request, view))
        check_scope(caller, needed_scope(str(request.method), view))
        return True


class IsSomebody(HasRole):
    """Lets people in who are signed in, whatever workspaces they are in; keys as `HasRole` does."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Person) or super().has_permission(request, view)


def check_role(caller: Caller, needed: Role) -> None:
    """Raises `ForbiddenError` for a lesser role."""
    if not caller.role.includes(needed):
        raise ForbiddenError(f"This needs the role {needed.value}; yours is {caller.role.value}.")


def check_scope(caller: Caller, scope: str) -> None:
    """Raises `ForbiddenError` for a key with other scopes than this one."""
    if not scopes.allow(caller.scopes, scope):
        raise ForbiddenError(f"This needs the scope {scope}; this key has {', '.join(caller.scopes)}.")


def needed_scope(method: str, view: Any) -> str:
    """The scope for calling the view with this method. A view without an area has one that no key can have."""
    action = getattr(view, "action", None)
    areas: dict[str | None, str] = getattr(view, "areas", {})
    area: str = areas.get(action, getattr(view, "area", ""))
    return scopes.named(area, is_write=method not in SAFE_METHODS and action not in getattr(view, "asking", ()))


def _needed(request: Request, view: Any) -> Role:
    roles: dict[str, Role] = getattr(view, "roles", {})
    action = getattr(view, "action", None)
    if action in roles:
        return roles[action]
    return Role.VIEWER if request.method in SAFE_METHODS else getattr(view, "write_role", Role.ADMIN)
