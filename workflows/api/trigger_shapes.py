"""What the API takes to change triggers; what it gives of them is in `triggers.api.trigger_shapes`."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from core.api.shapes import left_out

Json = dict[str, Any]

_MEMBERS = {"is_active": "active", "key": "id"}  # as a definition names them
CONDITIONS = "What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md)"


def _is_condition(value: object) -> object:
    """One sentence in the place of one from each member of the union."""
    if value is not None and not isinstance(value, dict | list):
        raise ValueError("expected a condition, {...}, or a list of them")
    return value


Conditions = Annotated[Json | list[Any], BeforeValidator(_is_condition)]


class TriggerRequest(BaseModel):
    """A trigger for the draft of a workflow, as a definition has it."""

    model_config = ConfigDict(extra="forbid")

    workflow: str = Field(min_length=1, max_length=220, description="Id or slug of the workflow that it starts")
    type: str = Field(min_length=1, max_length=200, description="A trigger type, or the type of an event")
    key: str = Field("", max_length=100, description="Its id in the definition; empty: the first that is free")
    params: Json = Field(default_factory=dict)
    filters: Json = Field(default_factory=dict)
    conditions: Conditions | None = Field(None, description=CONDITIONS)
    is_active: StrictBool = Field(True, description="Whether it listens once it is published")
    title: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)


class TriggerPatch(BaseModel):
    """What is to change of a trigger: what is given replaces what the draft says. A switch holds at once."""

    model_config = ConfigDict(extra="forbid")

    type: str = left_out(min_length=1, max_length=200)
    params: Json = left_out()
    filters: Json = left_out()
    conditions: Conditions | None = left_out(description=f"{CONDITIONS}; null: nothing")
    is_active: StrictBool = left_out(description="In the draft, and at once where it is published")
    is_enabled: StrictBool = left_out(description="At once, until the workflow is published again; not in the draft")
    title: str = left_out(max_length=200)
    note: str = left_out(max_length=10_000)


def part(body: TriggerRequest) -> Json:
    """The members of a definition's trigger that the request gives."""
    return _members(body.model_dump(exclude={"workflow"}, exclude_defaults=True))


def changes(body: TriggerPatch) -> Json:
    """The members that are to change; None: taken away."""
    given = _members(body.model_dump(include=body.model_fields_set - {"is_enabled"}))
    return {name: value if name == "active" else value or None for name, value in given.items()}


def _members(given: Json) -> Json:
    return {_MEMBERS.get(name, name): value for name, value in given.items()}
