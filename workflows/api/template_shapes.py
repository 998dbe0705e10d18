"""What the API takes and gives about templates, and about what workflows were made of."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.api.queries import Query
from core.api.shapes import Listing
from workflows.api import shapes, version_shapes
from workflows.api.shapes import REVISION, OriginResponse, ProblemResponse
from workflows.api.version_shapes import ChangeResponse
from workflows.definitions.three_way import Side
from workflows.services.templates.forking import Preview
from workflows.services.templates.provenance import Provenance
from workflows.services.templates.requirements import Needed, Requirement
from workflows.services.templates.template import Template
from workflows.services.templates.updating import News, Update

Json = dict[str, Any]
PARAMETERS = "Values by name, as the template's `parameters` ask for them"


class TemplateQuery(Query):
    """Which templates are listed."""

    q: str = Field("", max_length=200, description="Words of its name, description or tags, all of which it has")
    category: str = Field("", max_length=50, description="Its category")
    plugin: str | None = Field(None, max_length=200, description="The plugin that brings it; empty: Sequitur")


class TemplateResponse(BaseModel):
    """A definition to begin with."""

    slug: str
    name: str
    description: str
    category: str
    tags: list[str]
    plugin: str = Field(description="The plugin that brings it; empty: it comes with Sequitur")
    digest: str = Field(description="Another one when the template makes something else of the same parameters")
    parameters: Json = Field(
        description="A JSON Schema of what is asked for; `x-kind` says what a value is, `x-connection` of which kinds"
    )
    definition: Json = Field(description="In canonical form, with `${name}` where parameters stand")


class TemplateListing(Listing[TemplateResponse]):
    """All templates."""


class RequirementResponse(BaseModel):
    """Something that a workflow needs."""

    kind: Needed
    name: str = Field(description="Empty while the parameter that says it has no value")
    parameter: str = Field(description="The parameter that says it; empty: it is always the same")
    connection_kinds: list[str] = Field(description="Of a connection: the kinds that fit")
    is_met: bool = Field(description="Whether the workspace has it; without a name, whether it has any that fits")


class TemplateDetail(TemplateResponse):
    """A template, and what it needs."""

    requires: list[RequirementResponse] = Field(description="What it needs, whether this workspace has it")
    example: Json = Field(description="Parameters as an example; empty where the template asks for none")


class FillRequest(BaseModel):
    """What the new workflow is to be called, and the parameters."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200, description="By default the template's name")
    parameters: Json = Field(default_factory=dict, description=PARAMETERS)


class TemplatePreviewResponse(BaseModel):
    """What a fork would be."""

    definition: Json = Field(description="In canonical form")
    parameters: Json = Field(description="With the defaults")
    problems: list[ProblemResponse] = Field(description="What would keep it from being published")
    requires: list[RequirementResponse]


class OriginDetail(OriginResponse):
    """What a workflow was made of, and what became of that since."""

    parameters: Json = Field(description="With which it was made. Secrets are named in them, never contained")
    changes: list[ChangeResponse] = Field(description="From the template then to the template now, with the same ones")
    problems: list[ProblemResponse] = Field(
        description="Why nothing can be said of changes: parameters that the template asks for by now"
    )


class UpdateRequest(BaseModel):
    """With what a workflow is brought up to its template."""

    model_config = ConfigDict(extra="forbid")

    parameters: Json = Field(default_factory=dict, description="Those that are to be others than before; null: none")
    prefer: Side | None = Field(
        None, description="Whose change is taken where the workflow and the template changed the same; null: 409"
    )
    revision: int | None = Field(None, ge=1, description=REVISION)


class ConflictResponse(BaseModel):
    """A place that the workflow and the template changed, each in its own way."""

    path: str = Field(description="A JSON pointer in which triggers and actions are named by their ids")
    base: Any = Field(description="What stood there when the workflow was made of the template; null: nothing")
    draft: Any
    template: Any
    sentence: str


class UpdatePreviewResponse(BaseModel):
    """What an update would make of the draft."""

    definition: Json = Field(description="In canonical form; where there are conflicts, as `prefer` says, or as it is")
    parameters: Json
    changes: list[ChangeResponse] = Field(description="In the draft")
    conflicts: list[ConflictResponse]
    problems: list[ProblemResponse] = Field(description="What would keep it from being published")


def template(each: Template) -> TemplateResponse:
    return TemplateResponse(**_template(each))


def detail(each: Template, requires: list[Requirement]) -> TemplateDetail:
    example = each.trials[0].parameters if each.trials else {}
    return TemplateDetail(**_template(each), requires=_requires(requires), example=example)


def preview(found: Preview) -> TemplatePreviewResponse:
    return TemplatePreviewResponse(
        definition=found.definition,
        parameters=found.parameters,
        problems=shapes.problems_of(found.problems),
        requires=_requires(found.requires),
    )


def origin(found: Provenance, news: News) -> OriginDetail:
    return OriginDetail(
        **shapes.origin(found).model_dump(),
        parameters=found.parameters,
        changes=[version_shapes.change(each) for each in news.changes],
        problems=shapes.problems_of(news.problems),
    )


def update(found: Update) -> UpdatePreviewResponse:
    return UpdatePreviewResponse(
        definition=found.definition,
        parameters=found.parameters,
        changes=[version_shapes.change(each) for each in found.changes],
        conflicts=[ConflictResponse(**asdict(each)) for each in found.conflicts],
        problems=shapes.problems_of(found.problems),
    )


def _template(each: Template) -> Json:
    return {
        "slug": each.slug,
        "name": each.name,
        "description": each.description,
        "category": each.category,
        "tags": list(each.tags),
        "plugin": each.plugin,
        "digest": each.digest,
        "parameters": each.schema,
        "definition": each.definition,
    }


def _requires(found: list[Requirement]) -> list[RequirementResponse]:
    return [RequirementResponse(**asdict(each)) for each in found]
