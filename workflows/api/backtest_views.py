"""What a definition would have done with the events that came, over HTTP."""

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from workflows.api import backtest_shapes as shapes
from workflows.selectors import workflows as selectors
from workflows.services.backtesting import backtesting
from workflows.services.rehearsal import preparing

WORKFLOW = OpenApiParameter("workflow_id", str, OpenApiParameter.PATH)


class WorkflowBacktestViewSet(WorkspaceViewSet):
    """Trying a definition on what came."""

    area = "workflows"
    asking = ("create",)
    write_role = Role.EDITOR
    max_body_bytes = settings.SEQUITUR_MAX_DEFINITION_BYTES

    @extend_schema(
        operation_id="workflows_backtest",
        parameters=[WORKFLOW],
        request=shapes.BacktestRequest,
        responses={200: shapes.BacktestResponse},
    )
    def create(self, request: Request, workflow_id: str) -> Response:
        """Let the triggers of a draft, a version or a definition decide on the events of a period, and compare that
        with what was really started. Nothing is started, and nothing is written."""
        workflow, body = selectors.find(workflow_id), self.body(shapes.BacktestRequest)
        self.check_reads("events")
        window, number = body.window(now=timezone.now()), body.number(workflow)
        subject = preparing.subject_of(workflow, version=number, definition=body.definition, role=self.caller.role)
        found = backtesting.run(workflow, subject, window, workspace=self.caller.workspace, sample=body.sample)
        active = workflow.active_version.number if workflow.active_version else None
        return answer(shapes.backtest(found, window, number=subject.number, active=active))
