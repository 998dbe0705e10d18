"""`add_tag`: give a record a word, or take it away."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.entities import checking, rows
from actions.entities.checking import RecordParams
from actions.entities.entity import Entity
from actions.entities.once import once
from actions.entities.registry import find
from actions.models.records import Tag
from actions.registry import register
from core import tenancy
from core.errors import Problem
from core.ids import new_id

Json = dict[str, Any]


class AddTagParams(RecordParams):
    """Which word."""

    tag: str = Field(min_length=1, max_length=100, description="The word, such as nurture_track.")
    remove: bool = Field(False, description="Take it away instead.")


class AddTagOutput(BaseModel):
    """The words that the record has."""

    entity_type: str
    entity_id: str
    tag: str
    tags: list[str] | None = Field(description="All its tags now; null where the project keeps them itself.")


class AddTag(ActionType[AddTagParams]):
    """A record has a word once, whoever gave it."""

    key = "add_tag"
    title = "Tag record"
    description = "Add a tag to a record, or remove it."
    category = "records"
    icon = "tag"
    effects = Effects.KEYED
    params_model = AddTagParams
    output_model = AddTagOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*checking.check_entity(params, path=path)]

    def perform(self, params: AddTagParams, call: ActionCall) -> ActionResult:
        entity = find(params.entity_type)

        def do() -> Json:
            row = rows.find(entity, params.entity_id, lock=True)
            tags = _set(entity, row, params.tag.strip(), is_wanted=not params.remove)
            return {"entity_type": entity.name, "entity_id": str(row.pk), "tag": params.tag.strip(), "tags": tags}

        return ActionResult(output=once(call, self.key, do))


def _set(entity: Entity, row: Any, name: str, *, is_wanted: bool) -> list[str] | None:
    if entity.set_tag is not None:
        entity.set_tag(row, name, is_wanted)
        return None
    tags = Tag.objects.filter(entity_type=entity.name, entity_id=str(row.pk))
    if is_wanted:
        tag = Tag(id=new_id(), workspace_id=tenancy.current_workspace_id(), name=name)
        tag.entity_type, tag.entity_id = entity.name, str(row.pk)
        Tag.objects.bulk_create([tag], ignore_conflicts=True)
    else:
        tags.filter(name=name).delete()
    return [*tags.values_list("name", flat=True)]


register(AddTag())
