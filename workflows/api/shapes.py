"""What the API takes and gives about workflows."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from core.api.queries import ListQuery, Query
from core.api.shapes import Page
from core.errors import Problem
from workflows.engine.flow.circuit import CircuitState
from workflows.engine.moving import RunsPolicy
from workflows.engine.states import WorkflowStatus
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.selectors import versions
from workflows.services.flow.circuits import Shown
from workflows.services.publishing import Activated
from workflows.services.templates import provenance
from workflows.services.templates.provenance import Provenance

REVISION = "The revision that the change begins with; 412 if there is another by now. Like `If-Match`"


class WorkflowRequest(BaseModel):
    """A workflow: its definition, and its name unless the definition says it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200)
    definition: dict[str, Any] = Field(
        description="See docs/definition.md. As YAML, and as JSON where it has `actions` or `nodes` on top, "
        "the definition is the whole body"
    )
    revision: int | None = Field(None, ge=1, description=REVISION)


class WorkflowPatch(BaseModel):
    """What is to change of a workflow; the rest stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = Field(None, max_length=10_000)
    definition: dict[str, Any] = Field(
        default_factory=dict,
        description="A JSON merge patch (RFC 7396) of the draft: objects are merged, null takes a part away, a list is "
        "replaced as a whole",
    )
    revision: int | None = Field(None, ge=1, description=REVISION)


class DuplicateRequest(BaseModel):
    """The name of the copy."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200, description='Empty: that of the workflow with "(copy)"')


class WorkflowQuery(ListQuery):
    """Which workflows a list shows."""

    status: WorkflowStatus | None = Field(None, description="Its status")
    q: str | None = Field(None, max_length=200, description="A part of the name, or of the description")


class Form(StrEnum):
    """How a definition is written."""

    DEFINITION = "definition"
    REACT_FLOW = "react_flow"
    YAML = "yaml"


class ExportQuery(Query):
    """In which form a definition is exported."""

    form: Form | None = Field(
        None, alias="as", description="The definition as JSON (the default) or as YAML, or drawn for React Flow"
    )


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
    reason: str = Field(description="Why it was published")


class CircuitResponse(BaseModel):
    """A circuit breaker: open, nothing starts; half open, one run tries. `until` null is until somebody resumes it."""

    state: CircuitState
    failures: int = Field(description="That count at the moment")
    opened_at: datetime | None
    until: datetime | None
    reason: str = Field(description="Why nothing starts; empty while it is closed")


class OriginResponse(BaseModel):
    """The template that a workflow was made of."""

    slug: str
    name: str
    plugin: str = Field(description="The plugin that brought it; empty: it came with Sequitur")
    digest: str = Field(description="Of the template that the workflow was made of, or brought up to")
    current_digest: str | None = Field(description="Of the template now; null: it is not there any more")
    is_outdated: bool = Field(description="Whether the template has changed since; `workflows/{id}/template/` says how")
    made_by: str
    made_at: datetime = Field(description="When it was made of the template, or brought up to it")


class WorkflowSummary(BaseModel):
    """A workflow in a list."""

    id: str
    name: str
    slug: str
    description: str
    status: str
    active_version: int | None
    has_unpublished_changes: bool = Field(description="Whether the draft is not what the active version says")
    revision: int = Field(description="Grows with every change of the draft; for `revision` of a change")
    edited_by: str = Field(description="Who changed the draft last")
    archived_at: datetime | None
    circuit: CircuitResponse | None = Field(description="Of `settings.circuit_breaker`; null where there is none")
    template: OriginResponse | None = Field(description="The template that it was made of; null: it was made of none")
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


class MovedResponse(BaseModel):
    """What becomes of the runs that have not ended."""

    policy: RunsPolicy
    repair: str | None = Field(description="What moves them (`repairs/{id}/`); null when there is none to move")
    total: int = Field(description="How many it tries to move; its items say which stayed, and why")


class PublishedResponse(WorkflowResponse):
    """A workflow, the version that is active now, and what becomes of the runs that go on."""

    version: VersionResponse
    runs: MovedResponse


def summary(row: Workflow, circuit: Shown | None) -> WorkflowSummary:
    return WorkflowSummary(**_summary(row, circuit))


def workflow(row: Workflow, problems: list[Problem], circuit: Shown | None) -> WorkflowResponse:
    return WorkflowResponse(
        **_summary(row, circuit), draft=row.draft, layout=row.layout, problems=problems_of(problems)
    )


def published(row: Workflow, problems: list[Problem], found: Activated, circuit: Shown | None) -> PublishedResponse:
    shown = {**_summary(row, circuit), "draft": row.draft, "layout": row.layout, "problems": problems_of(problems)}
    repair = found.repair
    moved = MovedResponse(
        policy=found.policy, repair=str(repair.pk) if repair else None, total=repair.total if repair else 0
    )
    return PublishedResponse(**shown, version=version(found.version), runs=moved)


def version(row: WorkflowVersion) -> VersionResponse:
    return VersionResponse(
        number=row.number, published_by=row.published_by, created_at=row.created_at, reason=row.reason
    )


def started(run: Run, *, duplicate: bool) -> StartedResponse:
    return StartedResponse(
        run=str(run.pk),
        workflow=str(run.workflow_id),
        event=str(run.event_id),
        status=run.status,
        duplicate=duplicate,
    )


def origin(found: Provenance) -> OriginResponse:
    return OriginResponse(
        slug=found.slug,
        name=found.name,
        plugin=found.plugin,
        digest=found.digest,
        current_digest=found.current or None,
        is_outdated=found.is_outdated,
        made_by=found.by,
        made_at=found.at,
    )


def _summary(row: Workflow, circuit: Shown | None) -> dict[str, Any]:
    made_of = provenance.of(row)
    return {
        "id": str(row.pk),
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "status": row.status,
        "active_version": row.active_version.number if row.active_version else None,
        "has_unpublished_changes": versions.is_ahead(row),
        "revision": row.revision,
        "edited_by": row.edited_by,
        "archived_at": row.archived_at,
        "circuit": None if circuit is None else CircuitResponse(**asdict(circuit)),
        "template": None if made_of is None else origin(made_of),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def problems_of(found: Iterable[Problem]) -> list[ProblemResponse]:
    """What is wrong, as it is answered."""
    return [ProblemResponse(path=item.path, code=item.code, message=item.message) for item in found]
