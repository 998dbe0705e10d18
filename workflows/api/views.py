"""Workflows and runs over HTTP."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parsers import OldYamlParser, StrictJsonParser, TextYamlParser, YamlParser
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, Problem
from core.models import Role
from workflows.api import run_shapes, shapes
from workflows.definitions import react_flow
from workflows.models import ActionRun, Run, Workflow
from workflows.selectors import runs as runs_selectors
from workflows.selectors import workflows as selectors
from workflows.services import decisions, starting, stopping, workflows

DEFINITION_KEYS = frozenset({"trigger", "triggers", "event_type", "actions", "nodes"})
MAX_KEY_CHARACTERS = 255


class WorkflowViewSet(WorkspaceViewSet):
    """What is to be done."""

    write_role = Role.EDITOR
    roles = {"execute": Role.OPERATOR}
    max_body_bytes = settings.SEQUITUR_MAX_DEFINITION_BYTES
    parser_classes = [StrictJsonParser, YamlParser, OldYamlParser, TextYamlParser]

    @extend_schema(
        operation_id="workflows_list", parameters=parameters(shapes.WorkflowQuery), responses=shapes.WorkflowPage
    )
    def list(self, request: Request) -> Response:
        """The newest workflows first."""
        rows = Workflow.objects.select_related("active_version").defer("draft", "layout", "active_version__definition")
        return self.page(rows.filter(**self.query(shapes.WorkflowQuery).filters()), shapes.summary)

    @extend_schema(
        operation_id="workflows_create", request=shapes.WorkflowRequest, responses={201: shapes.WorkflowResponse}
    )
    def create(self, request: Request) -> Response:
        """Store a draft: JSON with the definition in it, or the definition itself as YAML. It may have problems."""
        name, definition = self._definition()
        return self._answer(workflows.create(definition, name=name), status=201)

    @extend_schema(operation_id="workflows_retrieve", responses=shapes.WorkflowResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One workflow with its draft."""
        return self._answer(self._workflow(pk))

    @extend_schema(operation_id="workflows_update", request=shapes.WorkflowRequest, responses=shapes.WorkflowResponse)
    def update(self, request: Request, pk: str) -> Response:
        """Replace the draft. What is active goes on unchanged until the draft is published."""
        name, definition = self._definition()
        return self._answer(workflows.update(self._workflow(pk), definition, name=name))

    @extend_schema(operation_id="workflows_publish", request=None, responses=shapes.PublishedResponse)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make the draft the active version, or say everything that is wrong with it."""
        row = self._workflow(pk)
        version = workflows.publish(row, published_by=self.caller.name, role=self.caller.role)
        row.refresh_from_db()
        return answer(shapes.published(row, version))

    @extend_schema(
        operation_id="workflows_execute",
        request=shapes.ExecuteRequest,
        responses={202: shapes.StartedResponse, 200: shapes.StartedResponse},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
    )
    @action(detail=True, methods=["post"])
    def execute(self, request: Request, pk: str) -> Response:
        """Start a run by hand, of an active workflow with any trigger; no conditions are asked. With an idempotency key
        there is one run: sent again, it is answered (200) with the first."""
        body = self.body(shapes.ExecuteRequest)
        key = _one_key(body.idempotency_key, request.headers.get("Idempotency-Key", ""))
        started = starting.execute(self._workflow(pk), body.data, idempotency_key=key, by=self.caller.name)
        shown = shapes.started(started.run, duplicate=started.is_duplicate)
        return answer(shown, status=200 if started.is_duplicate else 202)

    @extend_schema(
        operation_id="workflows_export",
        parameters=parameters(shapes.ExportQuery),
        responses=shapes.ExportResponse,
    )
    @action(detail=True, methods=["get"])
    def export(self, request: Request, pk: str) -> Response:
        """The draft as a document: created again, and exported again, it is the same to the byte."""
        row, form = self._workflow(pk), self.query(shapes.ExportQuery).form
        is_drawn = form == shapes.Form.REACT_FLOW
        return Response(react_flow.to_graph(row.draft, positions=row.layout) if is_drawn else row.draft)

    @extend_schema(operation_id="workflows_pause", request=None, responses=shapes.WorkflowResponse)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Let an active workflow start no more runs. Those that run go on."""
        return self._answer(workflows.pause(self._workflow(pk)))

    @extend_schema(operation_id="workflows_resume", request=None, responses=shapes.WorkflowResponse)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Let a paused workflow listen again, with the version that was active."""
        return self._answer(workflows.resume(self._workflow(pk)))

    @extend_schema(
        operation_id="workflows_runs", parameters=parameters(run_shapes.WorkflowRunQuery), responses=run_shapes.RunPage
    )
    @action(detail=True, methods=["get"])
    def runs(self, request: Request, pk: str) -> Response:
        """The newest runs of a workflow first."""
        row = self._workflow(pk)
        wanted = self.query(run_shapes.WorkflowRunQuery).filters()
        return self.page(runs_selectors.listed(workflow=str(row.pk), **wanted), run_shapes.summary)

    def _workflow(self, pk: str) -> Workflow:
        return selectors.find(pk)

    def _answer(self, row: Workflow, *, status: int = 200) -> Response:
        role = self.caller.role if self.caller.role.includes(Role.EDITOR) else Role.ADMIN  # who reads does not publish
        return answer(shapes.workflow(row, workflows.problems(row, role=role)), status=status)

    def _definition(self) -> tuple[str, Mapping[str, Any]]:
        """The name and the definition of the body: a YAML document, or one that begins like it, is the definition."""
        if "yaml" in (self.request.content_type or "") or not DEFINITION_KEYS.isdisjoint(self.document):
            return "", self.document
        body = self.body(shapes.WorkflowRequest)
        return body.name, body.definition


def _one_key(in_body: str, in_header: str) -> str:
    """The idempotency key, wherever it stands. Raises `InvalidError` for two that differ, and for what is none."""
    if in_body and in_header and in_body != in_header:
        raise InvalidError("The body and the header Idempotency-Key name different keys; send one of them.")
    key = in_body or in_header
    if len(key) > MAX_KEY_CHARACTERS or not key.isprintable():
        message = f"An idempotency key has at most {MAX_KEY_CHARACTERS} characters, all of them printable."
        raise InvalidError(message, problems=[Problem("/idempotency_key", "invalid", message)])
    return key


class RunViewSet(WorkspaceViewSet):
    """How far it is, and what people do about it."""

    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="workflow_runs_list",
        parameters=parameters(run_shapes.RunQuery),
        responses=run_shapes.RunPage,
    )
    def list(self, request: Request) -> Response:
        """The newest runs of the workspace first."""
        return self.page(runs_selectors.listed(**self.query(run_shapes.RunQuery).filters()), run_shapes.summary)

    @extend_schema(operation_id="workflow_runs_retrieve", responses=run_shapes.RunResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One run: its event, its actions in order, and every attempt."""
        return self._answer(pk)

    @extend_schema(operation_id="workflow_runs_cancel", request=None, responses=run_shapes.RunResponse)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Start nothing more of a run, and cancel what waits; what runs at the moment is let end."""
        stopping.cancel_for(self.find(Run.objects.all(), pk).pk, by=self.caller.name)
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_decide",
        request=run_shapes.DecisionRequest,
        responses=run_shapes.RunResponse,
        parameters=[OpenApiParameter("action_run_id", str, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path="actions/(?P<action_run_id>[^/]+)/decide")
    def decide(self, request: Request, pk: str, action_run_id: str) -> Response:
        """Approve or reject what waits for it, or say what becomes of an action of which nobody knows the outcome."""
        rows = ActionRun.objects.filter(run=self.find(Run.objects.all(), pk))
        body = self.body(run_shapes.DecisionRequest)
        decisions.decide(self.find(rows, action_run_id), body.decision, comment=body.comment, by=self.caller.name)
        return self._answer(pk)

    def _answer(self, pk: str) -> Response:
        row: Run = self.find(runs_selectors.detailed(), pk)
        return answer(run_shapes.run(row))
