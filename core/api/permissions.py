"""What a role may call. Reading needs a viewer; a view says in `write_role` (or by action in `roles`) the rest."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core.api.authentication import Caller
from core.errors import ForbiddenError, UnauthenticatedError
from core.models import Role


class HasRole(BasePermission):
    """Refuses callers without a workspace (401) and with a lesser role than the view asks for (403)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            raise UnauthenticatedError
        needed = _needed(request, view)
        if not caller.role.includes(needed):
            raise ForbiddenError(f"This needs the role {needed.value}; yours is {caller.role.value}.")
        return True


def _needed(request: Request, view: Any) -> Role:
    roles: dict[str, Role] = getattr(view, "roles", {})
    action = getattr(view, "action", None)
    if action in roles:
        return roles[action]
    return Role.VIEWER if request.method in SAFE_METHODS else getattr(view, "write_role", Role.ADMIN)
