"""What became of an event, over HTTP."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import ListQuery, parameters
from core.api.views import WorkspaceViewSet
from core.models import Role
from triggers.api import decision_shapes as shapes
from triggers.selectors import events
from triggers.services import explaining


class EventDecisionViewSet(WorkspaceViewSet):
    """Why each workflow did or did not start for an event."""

    area = "events"
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="events_decisions",
        parameters=[OpenApiParameter("event_id", str, OpenApiParameter.PATH), *parameters(ListQuery)],
        responses=shapes.DecisionPage,
    )
    def list(self, request: Request, event_id: str) -> Response:
        """Every trigger that listened to the event, with what it decided and why."""
        self.query(ListQuery)
        event = events.find(event_id)
        rows = explaining.candidates(event)
        return self.page_of(rows, lambda page: map(shapes.decision, explaining.accounts(page, event)))
