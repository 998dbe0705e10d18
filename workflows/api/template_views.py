"""Templates over HTTP, and the workflows that were made of them."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import IF_MATCH
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from workflows.api import shapes, version_shapes
from workflows.api import template_shapes as own
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import workflows
from workflows.services.flow import circuits
from workflows.services.templates import forking, library, provenance, requirements, updating, values

WORKFLOW = OpenApiParameter("workflow_id", str, OpenApiParameter.PATH)


class _Drafts(WorkspaceViewSet):
    """What answers with a workflow."""

    def shown(self, row: Workflow, *, status: int = 200) -> Response:
        circuit = circuits.shown([row], self.caller.workspace).get(row.pk)
        problems = workflows.problems(row, role=self.caller.role)
        return self.tagged(shapes.workflow(row, problems, circuit), state=workflows.state(row), status=status)


class TemplateViewSet(_Drafts):
    """The templates of the installation."""

    area = "workflows"
    asking = ("preview",)
    write_role = Role.EDITOR

    @extend_schema(
        operation_id="templates_list", parameters=parameters(own.TemplateQuery), responses=own.TemplateListing
    )
    def list(self, request: Request) -> Response:
        """All templates: those that come with Sequitur, then those of plugins."""
        wanted = self.query(own.TemplateQuery)
        found = library.listed(q=wanted.q, category=wanted.category, plugin=wanted.plugin)
        return answer(own.TemplateListing(results=[own.template(each) for each in found]))

    @extend_schema(operation_id="templates_retrieve", responses=own.TemplateDetail)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One template, with what it needs and whether this workspace has that."""
        template = library.find(pk)
        return answer(own.detail(template, requirements.of(template, values.with_defaults(template))))

    @extend_schema(operation_id="templates_preview", request=own.FillRequest, responses=own.TemplatePreviewResponse)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """What `fork/` would make of these parameters, and what would keep that from being published. Changes
        nothing."""
        template, body = library.find(pk), self.body(own.FillRequest)
        return answer(own.preview(forking.preview(template, body.parameters, name=body.name, role=self.caller.role)))

    @extend_schema(operation_id="templates_fork", request=own.FillRequest, responses={201: shapes.WorkflowResponse})
    @action(detail=True, methods=["post"])
    def fork(self, request: Request, pk: str) -> Response:
        """Make a draft of a template: a workflow like any other, which says in `template` what it was made of."""
        template, body = library.find(pk), self.body(own.FillRequest)
        return self.shown(forking.fork(template, body.parameters, name=body.name, by=self.caller.name), status=201)


class WorkflowTemplateViewSet(_Drafts):
    """The template that a workflow was made of."""

    area = "workflows"
    asking = ("update_preview",)
    write_role = Role.EDITOR

    @extend_schema(operation_id="workflows_template", parameters=[WORKFLOW], responses={200: own.OriginDetail})
    def list(self, request: Request, workflow_id: str) -> Response:
        """What it was made of, and what became of that since; 404 for a workflow that was made of no template."""
        row = selectors.find(workflow_id)
        return answer(own.origin(provenance.find(row), updating.news(row)))

    @extend_schema(
        operation_id="workflows_template_update",
        request=own.UpdateRequest,
        parameters=[WORKFLOW, IF_MATCH],
        responses=shapes.WorkflowResponse,
    )
    @action(detail=False, methods=["post"], url_path="update", url_name="update")
    def bring_up(self, request: Request, workflow_id: str) -> Response:
        """Let the draft say what the template says now, but for what people changed in it. Where both changed the same,
        409 with every conflict, unless `prefer` decides. What is active goes on unchanged until the draft is
        published."""
        row, body = selectors.find(workflow_id), self.body(own.UpdateRequest)
        row = updating.update(
            row,
            body.parameters,
            prefer=body.prefer,
            by=self.caller.name,
            expected=self.expected or version_shapes.from_revision(body.revision),
        )
        return self.shown(row)

    @extend_schema(
        operation_id="workflows_template_update_preview",
        request=own.UpdateRequest,
        parameters=[WORKFLOW],
        responses=own.UpdatePreviewResponse,
    )
    @action(detail=False, methods=["post"], url_path="update/preview")
    def update_preview(self, request: Request, workflow_id: str) -> Response:
        """What the update would change in the draft, and where it conflicts. Changes nothing."""
        row, body = selectors.find(workflow_id), self.body(own.UpdateRequest)
        found = updating.preview(row, body.parameters, prefer=body.prefer, role=self.caller.role)
        return answer(own.update(found))
