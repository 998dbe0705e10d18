"""`create_record`: make a record of the project, as far as it lets workflows do so."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.entities import checking, rows, values
from actions.entities.checking import EntityParams
from actions.entities.entity import Actor
from actions.entities.once import once
from actions.entities.registry import find
from actions.registry import register
from core.errors import Problem

Json = dict[str, Any]


class CreateRecordParams(EntityParams):
    """What kind, and with what in it."""

    fields: dict[str, Any] = Field({}, description="Fields with their values.")


class CreateRecordOutput(BaseModel):
    """The new record."""

    entity_type: str
    entity_id: str
    record: dict[str, Any] = Field(description="Its fields that may be read; masked ones are `***`.")


class CreateRecord(ActionType[CreateRecordParams]):
    """Made in one transaction with what says that it was made, so one for all attempts."""

    key = "create_record"
    title = "Create record"
    description = "Make a new record of the project."
    category = "records"
    icon = "file-plus"
    effects = Effects.KEYED
    params_model = CreateRecordParams
    output_model = CreateRecordOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        found = [*checking.check_entity(params, path=path)]
        return [*found, *checking.check_fields(params, "fields", path=path, action_type=self.key)]

    def perform(self, params: CreateRecordParams, call: ActionCall) -> ActionResult:
        entity, actor = find(params.entity_type), Actor(self.key, call.role)

        def do() -> Json:
            row = rows.make(entity, params.fields, actor)
            row.refresh_from_db()
            shown = values.shown(entity, row, actor)
            return {"entity_type": entity.name, "entity_id": str(row.pk), "record": shown}

        return ActionResult(output=once(call, self.key, do))


register(CreateRecord())
