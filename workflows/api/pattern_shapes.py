"""What the API takes and gives about patterns."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from core.api.queries import ListQuery
from core.api.shapes import Name, Page, left_out
from triggers.models import Pattern
from workflows.api.trigger_shapes import CONDITIONS, Conditions
from workflows.selectors.patterns import Use

Json = dict[str, Any]


class PatternRequest(BaseModel):
    """What has to happen, under a name: the type, parameters, filters and conditions of a trigger."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="As triggers name it: `{type: pattern, params: {pattern: <name>}}`")
    description: str = Field("", max_length=2000)
    type: str = Field(
        min_length=1, max_length=200, description="The type of an event, or a trigger type", examples=["lead.created"]
    )
    params: Json = Field(default_factory=dict)
    filters: Json = Field(default_factory=dict)
    conditions: Conditions | None = Field(None, description=CONDITIONS)
    is_active: StrictBool = Field(True, description="Whether those that name it listen")
    workflow: str | None = Field(
        None,
        min_length=1,
        max_length=220,
        description="Id or slug of a workflow, whose draft is given a trigger for it",
    )


class PatternPatch(BaseModel):
    """What is to change of a pattern. All who name it follow at once."""

    model_config = ConfigDict(extra="forbid")

    name: Name = left_out(description="Only while no workflow names it")
    description: str = left_out(max_length=2000)
    type: str = left_out(min_length=1, max_length=200)
    params: Json = left_out()
    filters: Json = left_out()
    conditions: Conditions | None = left_out(description=f"{CONDITIONS}; null: nothing")
    is_active: StrictBool = left_out()


class PatternQuery(ListQuery):
    """Which patterns a list shows."""

    name: str | None = Field(None, description="The whole name")
    type: str | None = Field(None, description="As it was written")
    event_type: str | None = Field(None, description="What it listens to, as it was written")
    is_active: bool | None = Field(None, description="true or false")
    q: str | None = Field(None, max_length=200, description="A part of the name, or of the description")


class PatternUse(BaseModel):
    """A workflow that names the pattern: in its active version, in its draft, or in both."""

    id: str
    name: str
    slug: str
    is_published: bool
    in_draft: bool


class PatternSummary(BaseModel):
    """A pattern in a list, its filters and conditions in canonical form."""

    id: str
    name: str
    description: str
    type: str
    params: Json
    filters: Json
    conditions: Json | None
    event_type: str = Field(description="What it listens to; may hold * and **")
    is_active: bool
    revision: int
    edited_by: str
    created_at: datetime
    updated_at: datetime


class PatternResponse(PatternSummary):
    """A pattern, and the first hundred workflows that name it."""

    used_by: list[PatternUse]


class PatternPage(Page[PatternSummary]):
    """Patterns, newest first."""


def wanted(body: PatternRequest) -> Json:
    """What is to be stored of it."""
    return body.model_dump(exclude={"workflow"})


def changes(body: PatternPatch) -> Json:
    """What is to change."""
    return body.model_dump(include=body.model_fields_set)


def summary(row: Pattern) -> PatternSummary:
    return PatternSummary(**_fields(row))


def pattern(row: Pattern, uses: list[Use]) -> PatternResponse:
    used_by = [
        PatternUse(
            id=str(each.workflow.pk),
            name=each.workflow.name,
            slug=each.workflow.slug,
            is_published=each.is_published,
            in_draft=each.is_drafted,
        )
        for each in uses
    ]
    return PatternResponse(**_fields(row), used_by=used_by)


def _fields(row: Pattern) -> Json:
    return {"id": str(row.pk)} | {name: getattr(row, name) for name in PatternSummary.model_fields if name != "id"}
