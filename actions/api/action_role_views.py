"""Which role may use which action types, over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from actions.services import action_roles
from core.action_roles import Allowed
from core.api.etags import IF_MATCH
from core.api.views import WorkspaceViewSet
from core.models import Role


class ActionRoles(BaseModel):
    """The least role of publishers whose workflows may use an action type, by type; one that is not here is for all."""

    roles: dict[str, Allowed] = Field(description='Such as {"db_query": "admin", "ai_agent": "nobody"}')


class ActionRolesViewSet(WorkspaceViewSet):
    """Limits of what workflows of the workspace may do."""

    area = "workspace"
    roles = {"list": Role.ADMIN, "replace": Role.ADMIN}

    @extend_schema(operation_id="action_roles_retrieve", responses=ActionRoles)
    def list(self, request: Request) -> Response:
        """Which role each limited action type is for."""
        return self._shown(action_roles.read())

    @extend_schema(
        operation_id="action_roles_update", request=ActionRoles, responses=ActionRoles, parameters=[IF_MATCH]
    )
    def replace(self, request: Request) -> Response:
        """Replace all limits. They hold for what is published, and for each action that runs, from now on."""
        return self._shown(action_roles.replace(self.document, by=self.caller.name, expected=self.expected))

    def _shown(self, found: dict[str, Any]) -> Response:
        return self.tagged(ActionRoles(roles=found), state=action_roles.state(found))
