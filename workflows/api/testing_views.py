"""Tests of workflows over HTTP: going through one, and the tests that are kept with it."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import IF_MATCH
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from triggers.selectors import events
from workflows.api import regression_shapes as kept_shapes
from workflows.api import testing_shapes as shapes
from workflows.models import Run, Workflow, WorkflowTest
from workflows.selectors import workflows as selectors
from workflows.services import imagining
from workflows.services.regression import keeping, running
from workflows.services.rehearsal import preparing, testing
from workflows.services.rehearsal.preparing import Wanted

WORKFLOW = OpenApiParameter("workflow_id", str, OpenApiParameter.PATH)
TEST = OpenApiParameter("id", str, OpenApiParameter.PATH)
MAX_BODY_BYTES = settings.SEQUITUR_MAX_DEFINITION_BYTES + 2 * settings.SEQUITUR_MAX_EVENT_BYTES


class WorkflowTestViewSet(WorkspaceViewSet):
    """Going through a workflow with nothing happening outside."""

    area = "workflows"
    asking = ("create",)
    write_role = Role.EDITOR
    max_body_bytes = MAX_BODY_BYTES

    @extend_schema(
        operation_id="workflows_test",
        parameters=[WORKFLOW],
        request=shapes.TestRequest,
        responses={200: shapes.TestResponse},
    )
    def create(self, request: Request, workflow_id: str) -> Response:
        """What each action would do, in order. Nothing is sent or stored: actions that do something outside answer from
        `pins`, from the past run, or from a sample."""
        workflow, body = selectors.find(workflow_id), shapes.test_request(self.document)
        wanted = wanted_of(body, workflow=workflow, view=self)
        found = testing.test(workflow, wanted, workspace=self.caller.workspace, role=self.caller.role)
        return answer(shapes.tested(found))


class KeptTestViewSet(WorkspaceViewSet):
    """The tests that are kept with a workflow; publishing runs them."""

    area = "workflows"
    asking = ("run",)
    write_role = Role.EDITOR
    max_body_bytes = MAX_BODY_BYTES

    @extend_schema(
        operation_id="workflow_tests_list",
        parameters=[WORKFLOW, *parameters(kept_shapes.TestQuery)],
        responses=kept_shapes.KeptTestPage,
    )
    def list(self, request: Request, workflow_id: str) -> Response:
        """The newest tests first."""
        self.query(kept_shapes.TestQuery)
        return self.page(self._rows(workflow_id).defer("pins", "answers", "expected"), kept_shapes.summary)

    @extend_schema(
        operation_id="workflow_tests_create",
        parameters=[WORKFLOW],
        request=kept_shapes.KeepRequest,
        responses={201: kept_shapes.KeptTestResponse},
    )
    def create(self, request: Request, workflow_id: str) -> Response:
        """Keep a test: of a past run, or of an event with what it has to come to."""
        workflow, body = selectors.find(workflow_id), kept_shapes.keep_request(self.document)
        workspace, by = self.caller.workspace, self.caller.name
        wanted = wanted_of(body, workflow=workflow, view=self)
        if wanted.run is not None:
            row = keeping.create_of_run(workflow, wanted.run, name=body.name, workspace=workspace, by=by)
        else:
            row = keeping.create(
                workflow,
                wanted,
                name=body.name,
                expected=None if body.expected is None else body.expected.model_dump(exclude_unset=True),
                ignore=body.ignore,
                workspace=workspace,
                role=self.caller.role,
                by=by,
            )
        return self._shown(row, status=201)

    @extend_schema(
        operation_id="workflow_tests_retrieve", parameters=[WORKFLOW, TEST], responses=kept_shapes.KeptTestResponse
    )
    def retrieve(self, request: Request, workflow_id: str, pk: str) -> Response:
        """One test."""
        return self._shown(self.find(self._rows(workflow_id), pk))

    @extend_schema(
        operation_id="workflow_tests_partial_update",
        parameters=[WORKFLOW, TEST, IF_MATCH],
        request=kept_shapes.ChangeRequest,
        responses=kept_shapes.KeptTestResponse,
    )
    def partial_update(self, request: Request, workflow_id: str, pk: str) -> Response:
        """Change what a test is called, given, or has to come to."""
        row, body = self.find(self._rows(workflow_id), pk), self.body(kept_shapes.ChangeRequest)
        changes = body.model_dump(exclude_unset=True)
        return self._shown(keeping.change(row, changes, by=self.caller.name, expected=self.expected))

    @extend_schema(operation_id="workflow_tests_destroy", parameters=[WORKFLOW, TEST, IF_MATCH], responses={204: None})
    def destroy(self, request: Request, workflow_id: str, pk: str) -> Response:
        """Keep a test no longer."""
        keeping.delete(self.find(self._rows(workflow_id), pk), by=self.caller.name, expected=self.expected)
        return Response(status=204)

    @extend_schema(
        operation_id="workflow_tests_run",
        parameters=[WORKFLOW],
        request=kept_shapes.RunTestsRequest,
        responses={200: kept_shapes.TestResultsResponse},
    )
    @action(detail=False, methods=["post"])
    def run(self, request: Request, workflow_id: str) -> Response:
        """Run all tests, or some, against the draft or a version. Nothing happens outside."""
        workflow, body = selectors.find(workflow_id), self.body(kept_shapes.RunTestsRequest)
        rows = self._rows(workflow_id)
        tests = [*rows.order_by("id")] if body.ids is None else [self.find(rows, each) for each in body.ids]
        version = None if body.version == "draft" else body.version
        subject = preparing.subject_of(workflow, version=version, role=self.caller.role)
        return answer(kept_shapes.results(running.run(tests, subject, workspace=self.caller.workspace)))

    def _shown(self, row: WorkflowTest, *, status: int = 200) -> Response:
        return self.tagged(kept_shapes.kept(row), state=keeping.state(row), status=status)

    def _rows(self, workflow_id: str) -> QuerySet[WorkflowTest]:
        return WorkflowTest.objects.filter(workflow=selectors.find(workflow_id))


def wanted_of(body: shapes.TestRequest, *, workflow: Workflow, view: WorkspaceViewSet) -> Wanted:
    """What a request asks for, with the rows that it names, which the answer tells of.

    Raises `NotFoundError` for those that are not there, `ForbiddenError` for those that the key's scopes hide.
    """
    view.check_reads(*(["events"] if body.event_id else []), *(["runs"] if body.run_id else []))
    event = events.find(body.event_id) if body.event_id else None
    if body.event is not None:
        event = imagining.imagine_again(
            type_=body.event.type,
            data=body.event.data,
            id_=body.event.id,
            subject=body.event.subject,
            source=body.event.source,
            workspace=view.caller.workspace,
            now=body.event.time or body.now or timezone.now(),
        )
    runs = Run.objects.filter(workflow=workflow).select_related("event__workspace", "version")
    return Wanted(
        event=event,
        run=view.find(runs, body.run_id) if body.run_id else None,
        version=None if body.version == "draft" else body.version,
        definition=body.definition,
        trigger=body.trigger,
        pins=body.pins,
        answers=body.answers,
        until=body.until,
        steps=body.steps,
        now=body.now,
    )
