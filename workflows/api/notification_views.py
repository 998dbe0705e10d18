"""Notifications over HTTP."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from workflows.api import notification_shapes as shapes
from workflows.models import NotificationDelivery, Run
from workflows.selectors import notifications
from workflows.services.notifications import replaying


class NotificationViewSet(WorkspaceViewSet):
    """Who was told of what."""

    area = "runs"

    @extend_schema(
        operation_id="notifications_list",
        parameters=parameters(shapes.NotificationQuery),
        responses=shapes.NotificationPage,
    )
    def list(self, request: Request) -> Response:
        """The newest notifications of the workspace first, digests among them."""
        wanted = self.query(shapes.NotificationQuery).filters()
        return self.page(notifications.listed(**wanted), shapes.notification)


class RunNotificationViewSet(WorkspaceViewSet):
    """The notifications of one run."""

    area = "runs"
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="workflow_runs_replay_notification",
        request=None,
        responses={202: shapes.NotificationResponse},
        parameters=[
            OpenApiParameter("run_id", str, OpenApiParameter.PATH),
            OpenApiParameter("id", str, OpenApiParameter.PATH),
        ],
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, run_id: str, pk: str) -> Response:
        """Send one again, to the same address and in the same words, by itself. The old one stays as it is."""
        run = self.find(Run.objects.all(), run_id)
        row: NotificationDelivery = self.find(NotificationDelivery.objects.filter(run=run), pk)
        new = replaying.replay(row, by=self.caller.name)
        return answer(shapes.notification(new), status=202)
