"""Workflows and runs over HTTP."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parsers import StrictJsonParser, YamlParser
from core.api.shapes import filters
from core.api.views import WorkspaceViewSet, answer, uuid_or_none
from core.models import Role
from workflows.api import run_shapes, shapes
from workflows.models import Run, Workflow
from workflows.selectors import runs as runs_selectors
from workflows.services import workflows

RUN_FILTERS = filters(status="The run's status")


class WorkflowViewSet(WorkspaceViewSet):
    """What is to be done."""

    write_role = Role.EDITOR
    parser_classes = [StrictJsonParser, YamlParser]

    @extend_schema(
        operation_id="workflows_list", parameters=filters(status="Its status"), responses=shapes.WorkflowPage
    )
    def list(self, request: Request) -> Response:
        """The newest workflows first."""
        rows = Workflow.objects.select_related("active_version").defer("draft", "active_version__definition")
        return self.page(self.filtered(rows, "status"), shapes.summary)

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
        version = workflows.publish(row, published_by=self.caller.name)
        row.refresh_from_db()
        return answer(shapes.published(row, version))

    @extend_schema(operation_id="workflows_runs", parameters=RUN_FILTERS, responses=run_shapes.RunPage)
    @action(detail=True, methods=["get"])
    def runs(self, request: Request, pk: str) -> Response:
        """The newest runs of a workflow first."""
        rows = runs_selectors.listed().filter(workflow=self._workflow(pk))
        return self.page(self.filtered(rows, "status"), run_shapes.summary)

    def _workflow(self, pk: str) -> Workflow:
        """The workflow with this id, or with this slug, which people can remember."""
        rows = Workflow.objects.select_related("active_version")
        by_slug = rows.filter(slug=pk).first() if uuid_or_none(pk) is None else None
        return by_slug or self.find(rows, pk)

    def _answer(self, row: Workflow, *, status: int = 200) -> Response:
        return answer(shapes.workflow(row, workflows.problems(row)), status=status)

    def _definition(self) -> tuple[str, Mapping[str, Any]]:
        """The name and the definition of the body; a YAML document is the definition itself."""
        if (self.request.content_type or "").startswith(YamlParser.media_type):
            return "", self.document
        body = self.body(shapes.WorkflowRequest)
        return body.name, body.definition


class RunViewSet(WorkspaceViewSet):
    """How far it is."""

    @extend_schema(
        operation_id="workflow_runs_list",
        parameters=filters(status="The run's status", workflow="The workflow's id"),
        responses=run_shapes.RunPage,
    )
    def list(self, request: Request) -> Response:
        """The newest runs of the workspace first."""
        return self.page(self.filtered(runs_selectors.listed(), "status", "workflow"), run_shapes.summary)

    @extend_schema(operation_id="workflow_runs_retrieve", responses=run_shapes.RunResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One run: its event, its actions in order, and every attempt."""
        row: Run = self.find(runs_selectors.detailed(), pk)
        return answer(run_shapes.run(row))
