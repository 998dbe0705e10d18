"""Action types over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from actions.api import shapes
from actions.registry import action_types
from core.api.views import WorkspaceViewSet, answer


class ActionTypeViewSet(WorkspaceViewSet):
    """The kinds of actions that exist."""

    area = "workflows"

    @extend_schema(operation_id="action_types_list", responses=shapes.ActionTypeListing)
    def list(self, request: Request) -> Response:
        """All action types, with the JSON Schema of their parameters."""
        items = {item.key: shapes.action_type(item) for item in action_types}  # once, whatever its aliases
        return answer(shapes.ActionTypeListing(results=[*items.values()]))
