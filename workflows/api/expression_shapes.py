"""What the API takes and gives about expressions: what they give, and which names they may read."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.api.queries import Query
from core.api.shapes import Listing
from workflows.api.shapes import ProblemResponse, problems_of
from workflows.services.editing.names import Name
from workflows.services.editing.rendering import Rendered


class RenderRequest(BaseModel):
    """A template, or any value with templates in it, and where its names come from: a sample, an event that came, or
    the draft of a workflow up to one of its actions."""

    model_config = ConfigDict(extra="forbid")

    template: str | None = Field(None, max_length=100_000)
    value: Any = None
    sample: dict[str, Any] | None = Field(
        None, description="Names with values: `event`, `actions`, `item`, ...; others are data of the event"
    )
    event_id: str = Field("", max_length=255, description="The id of an event that came")
    workflow: str = Field("", max_length=220, description="The id or slug of a workflow")
    action: str = Field("", max_length=100, description="The action of its draft at which the value stands")

    @model_validator(mode="after")
    def is_consistent(self) -> "RenderRequest":
        if (self.template is None) == ("value" not in self.model_fields_set):
            raise ValueError("give one of template and value")
        if bool(self.workflow) != bool(self.action):
            raise ValueError("workflow and action belong together")
        if self.sample is not None and self.event_id:
            raise ValueError("give one of sample and event_id")
        return self


class RenderResponse(BaseModel):
    """What it gives. With problems there is no result."""

    result: Any
    type: str = Field(description="text, number, boolean, list, object or nothing; empty without a result")
    unknown_paths: list[str] = Field(description="Paths that lead nowhere and are needed")
    problems: list[ProblemResponse]


class ScopeQuery(Query):
    """Where names are asked for."""

    workflow: str = Field(max_length=220, description="The id or slug of a workflow")
    action: str = Field(max_length=100, description="The id of an action of its draft")


class ScopeRequest(BaseModel):
    """The same for a definition that is not saved."""

    model_config = ConfigDict(extra="forbid")

    workflow: str = Field(max_length=220, description="The id or slug of the workflow that it belongs to")
    action: str = Field(max_length=100, description="The id of an action of the definition")
    definition: dict[str, Any] | None = Field(None, description="Default: the draft")


class NameResponse(BaseModel):
    """A path that a template may read there."""

    path: str
    type: str = Field(description="text, number, boolean, list or object; empty where it is not known")
    example: Any
    about: str = Field(description="Whose it is: event lead.created, action call, vars, workspace, loop, secret")


class ScopeResponse(Listing[NameResponse]):
    """The names at an action: those of loops, of actions before it, of the event, of the workspace."""


def rendered(found: Rendered) -> RenderResponse:
    return RenderResponse(
        result=found.result,
        type=found.kind,
        unknown_paths=[*found.unknown_paths],
        problems=problems_of(found.problems),
    )


def names(found: list[Name]) -> ScopeResponse:
    return ScopeResponse(
        results=[NameResponse(path=each.path, type=each.kind, example=each.example, about=each.about) for each in found]
    )
