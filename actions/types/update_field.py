"""`update_field`: change fields of a record of the project, as far as it lets workflows do so."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, model_validator

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.entities import checking, rows, values
from actions.entities.checking import RecordParams
from actions.entities.entity import Actor, Entity
from actions.entities.failures import failed
from actions.entities.once import once
from actions.entities.registry import find
from actions.registry import register
from core import pointers
from core.errors import Problem

Json = dict[str, Any]


class UpdateFieldParams(RecordParams):
    """Which record, which fields, which values."""

    field: str | None = Field(None, min_length=1, max_length=200, description="The field to set, with `value`.")
    value: Any = Field(None, description="The value for `field`.")
    fields: dict[str, Any] = Field({}, description="Several fields with their values, in the place of `field`.")
    if_unchanged: dict[str, Any] = Field(
        {}, description="Fields with the values that they are to have still; else the action fails and sets nothing."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "UpdateFieldParams":
        if (self.field is None) == (not self.fields):
            raise ValueError("give either field and value, or fields")
        return self

    def written(self) -> Json:
        """The fields to set with their values."""
        return self.fields if self.field is None else {self.field: self.value}


class UpdateFieldOutput(BaseModel):
    """What it is now."""

    entity_type: str
    entity_id: str
    changed: list[str] = Field(description="The fields that were not so before.")
    record: dict[str, Any] = Field(description="The record's fields that may be read; masked ones are `***`.")


class UpdateField(ActionType[UpdateFieldParams]):
    """Set in one transaction with what says that it was done; events of the change are part of it."""

    key = "update_field"
    title = "Update record"
    description = "Set fields of a record."
    category = "records"
    icon = "pencil"
    effects = Effects.KEYED
    params_model = UpdateFieldParams
    output_model = UpdateFieldOutput
    aliases = ("update_record",)

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        found = [*checking.check_entity(params, path=path)]
        entity, where = checking.entity_of(params), pointers.join(path, "field")
        if "field" in params and "value" in params:
            value = params["value"]
            found += checking.check_written(entity, params["field"], value, path=where, action_type=self.key)
        else:
            found += checking.check_field(entity, params.get("field"), path=where)
        return [*found, *checking.check_fields(params, "fields", path=path, action_type=self.key)]

    def perform(self, params: UpdateFieldParams, call: ActionCall) -> ActionResult:
        entity, actor = find(params.entity_type), Actor(self.key, call.role)

        def do() -> Json:
            row = rows.find(entity, params.entity_id, lock=True)
            _compare(entity, row, params.if_unchanged, actor)
            changed = rows.change(entity, row, params.written(), actor)
            return {
                "entity_type": entity.name,
                "entity_id": str(row.pk),
                "changed": [*changed],
                "record": values.shown(entity, row, actor),
            }

        return ActionResult(output=once(call, self.key, do))


def _compare(entity: Entity, row: Any, expected: Json, actor: Actor) -> None:
    """Raise `ActionFailedError` (changed_meanwhile) when a field is not what it was."""
    for name, value in expected.items():
        attribute = rows.attribute_of(entity, name)
        if not actor.sees(entity, attribute) or not actor.may_read(entity, attribute):
            raise failed("field_masked", f"{entity.name}.{attribute} cannot be compared: it is masked or not readable.")
        if not values.equal(entity.fields[attribute], getattr(row, attribute), value):
            text = f"{entity.name}.{attribute} was changed by somebody else meanwhile; nothing was set."
            raise failed("changed_meanwhile", text)


register(UpdateField())
