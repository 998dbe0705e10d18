"""Why a workflow started for an event or did not, over HTTP."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from triggers.api.shapes import EventRequest
from triggers.models import Event
from triggers.selectors import events as trigger_events
from workflows.api import decision_shapes as shapes
from workflows.selectors import events
from workflows.selectors import workflows as selectors
from workflows.services import explaining, imagining

WORKFLOW = OpenApiParameter("workflow_id", str, OpenApiParameter.PATH)


class WorkflowDecisionViewSet(WorkspaceViewSet):
    """What became of the events that a workflow listens to."""

    area = "workflows"

    @extend_schema(
        operation_id="workflows_decisions",
        parameters=[WORKFLOW, *parameters(shapes.DecisionQuery)],
        responses=shapes.EventDecisionPage,
    )
    def list(self, request: Request, workflow_id: str) -> Response:
        """Why the workflow started or did not, the newest events first; `?verdict=no`: why not."""
        workflow = selectors.find(workflow_id)
        verdict = self.query(shapes.DecisionQuery).verdict

        def told(page: list[Event]) -> Iterator[shapes.EventDecision]:
            found = explaining.told(workflow, page, verdict=verdict)
            for event in page:
                yield from shapes.decisions(event, found.get(event.pk, []))

        return self.page_of(events.of_workflow(workflow.pk, verdict=verdict), told)


class WorkflowExplainViewSet(WorkspaceViewSet):
    """What a workflow does with an event."""

    area = "workflows"
    asking = ("create",)
    write_role = Role.VIEWER  # nothing is stored

    @extend_schema(
        operation_id="workflows_explain",
        parameters=[WORKFLOW],
        request=shapes.ExplainRequest,
        responses={200: shapes.DecisionListing},
    )
    def create(self, request: Request, workflow_id: str) -> Response:
        """Why it started for an event that came, or what it would do with one that may come."""
        workflow, body = selectors.find(workflow_id), shapes.explain_request(self.document)
        now = body.at or timezone.now()
        if isinstance(body.event, str):
            self.check_reads("events")
            event = trigger_events.find(body.event)
            if not body.draft:
                return answer(shapes.listing(explaining.told(workflow, [event]).get(event.pk, [])))
        else:
            event = self._imagined(body.event, now=now)
        found = explaining.rehearse(workflow, event, of_draft=body.draft, now=now, addressed_to=body.trigger)
        return answer(shapes.listing(found))

    def _imagined(self, event: EventRequest, *, now: datetime) -> Event:
        return imagining.imagine(
            type_=event.type,
            data=event.data,
            subject=event.subject,
            source=event.source,
            workspace=self.caller.workspace,
            now=now,
        )
