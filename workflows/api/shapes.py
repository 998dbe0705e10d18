"""What the API takes and gives about workflows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from core.api.queries import ListQuery, Query
from core.api.shapes import Page
from core.errors import Problem
from workflows.engine.states import WorkflowStatus
from workflows.models import Run, Workflow, WorkflowVersion


class WorkflowRequest(BaseModel):
    """A workflow: its definition, and its name unless the definition says it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200)
    definition: dict[str, Any] = Field(
        description="See docs/definition.md. As YAML, and as JSON where it has `actions` or `nodes` on top, "
        "the definition is the whole body"
    )


class WorkflowQuery(ListQuery):
    """Which workflows a list shows."""

    status: WorkflowStatus | None = Field(None, description="Its status")


class Form(StrEnum):
    """How a definition is written."""

    DEFINITION = "definition"
    REACT_FLOW = "react_flow"


class ExportQuery(Query):
    """In which form a definition is exported."""

    form: Form = Field(Form.DEFINITION, alias="as", description="The definition as it is, or drawn for React Flow")


class ExecuteRequest(BaseModel):
    """What a workflow is started with."""

    model_config = ConfigDict(extra="forbid")

    data: dict[str, Any] = Field(
        default_factory=dict,
        description="The data of its event; it fits the `input` of its manual trigger, if it has one",
    )
    idempotency_key: str = Field(
        "", max_length=255, description="With the same one there is one run; or the header `Idempotency-Key`"
    )


class StartedResponse(BaseModel):
    """The run that was started, and whether it had been before. `event` is our `uid` of its event."""

    run: str
    workflow: str
    event: str
    status: str
    duplicate: bool


class ProblemResponse(BaseModel):
    """What keeps a draft from being published; `path` is a JSON pointer into `draft`."""

    path: str
    code: str
    message: str


class VersionResponse(BaseModel):
    """A published version."""

    number: int
    published_by: str
    created_at: datetime


class WorkflowSummary(BaseModel):
    """A workflow in a list."""

    id: str
    name: str
    slug: str
    description: str
    status: str
    active_version: int | None
    created_at: datetime
    updated_at: datetime


class WorkflowResponse(WorkflowSummary):
    """A workflow with its draft in canonical form, where React Flow's nodes of it stand (`{node id: {x, y}}`), and what
    keeps it from being published.
    """

    draft: dict[str, Any] = Field(description="In canonical form, of which `problems` speak")
    layout: dict[str, dict[str, int | float]] = Field(description="Where React Flow's nodes stand")
    problems: list[ProblemResponse] = Field(description="What keeps it from being published; empty when nothing does")


class ExportResponse(RootModel[dict[str, Any]]):
    """A definition, to be created again from as it is."""


class WorkflowPage(Page[WorkflowSummary]):
    """Workflows, newest first."""


class PublishedResponse(WorkflowResponse):
    """A workflow and the version that is active now."""

    version: VersionResponse


def summary(row: Workflow) -> WorkflowSummary:
    return WorkflowSummary(**_summary(row))


def workflow(row: Workflow, problems: list[Problem]) -> WorkflowResponse:
    return WorkflowResponse(**_summary(row), draft=row.draft, layout=row.layout, problems=_problems(problems))


def published(row: Workflow, version: WorkflowVersion) -> PublishedResponse:
    number = VersionResponse(number=version.number, published_by=version.published_by, created_at=version.created_at)
    return PublishedResponse(**_summary(row), draft=row.draft, layout=row.layout, problems=[], version=number)


def started(run: Run, *, duplicate: bool) -> StartedResponse:
    return StartedResponse(
        run=str(run.pk),
        workflow=str(run.workflow_id),
        event=str(run.event_id),
        status=run.status,
        duplicate=duplicate,
    )


def _summary(row: Workflow) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "status": row.status,
        "active_version": row.active_version.number if row.active_version else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _problems(problems: list[Problem]) -> list[ProblemResponse]:
    return [ProblemResponse(path=item.path, code=item.code, message=item.message) for item in problems]
