"""Workflow templates over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.shapes import Listing
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from workflows.api import shapes
from workflows.services import templates, workflows


class TemplateResponse(BaseModel):
    """A definition to begin with."""

    slug: str
    name: str
    description: str
    plugin: str = Field(description="The plugin that brings it")
    definition: dict[str, Any] = Field(description="In canonical form")


class TemplateListing(Listing[TemplateResponse]):
    """All templates."""


class ForkRequest(BaseModel):
    """What the new workflow is to be called."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200, description="By default the template's name")


class TemplateViewSet(WorkspaceViewSet):
    """The templates of the installation."""

    area = "workflows"
    write_role = Role.EDITOR

    @extend_schema(operation_id="templates_list", responses=TemplateListing)
    def list(self, request: Request) -> Response:
        """All templates that plugins bring."""
        return answer(TemplateListing(results=[_shape(each) for each in templates.listed()]))

    @extend_schema(operation_id="templates_fork", request=ForkRequest, responses={201: shapes.WorkflowResponse})
    @action(detail=True, methods=["post"])
    def fork(self, request: Request, pk: str) -> Response:
        """Make a draft of a template: a workflow like any other, which nothing connects with the template."""
        row = templates.fork(templates.find(pk), name=self.body(ForkRequest).name)
        return answer(shapes.workflow(row, workflows.problems(row), None), status=201)


def _shape(template: templates.Template) -> TemplateResponse:
    return TemplateResponse(
        slug=template.slug,
        name=template.name,
        description=template.description,
        plugin=template.plugin,
        definition=dict(template.definition),
    )
