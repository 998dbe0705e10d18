"""`add_note`: write something down about a record."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.entities import checking, rows, values
from actions.entities.checking import RecordParams
from actions.entities.once import once
from actions.entities.registry import find
from actions.models.records import Note, Visibility
from actions.registry import register
from core.errors import Problem

Json = dict[str, Any]


class AddNoteParams(RecordParams):
    """About what, what, and for whom."""

    note: str = Field(min_length=1, max_length=20_000, description="The text.")
    visibility: Visibility = Field(Visibility.INTERNAL, description="Who is meant to read it.")


class AddNoteOutput(BaseModel):
    """The note."""

    id: Any = Field(description="Its id; null where the project keeps notes without one.")
    entity_type: str
    entity_id: str


class AddNote(ActionType[AddNoteParams]):
    """Into the project's own table where the entity says how, else into ours."""

    key = "add_note"
    title = "Add note"
    description = "Write a note about a record."
    category = "records"
    icon = "sticky-note"
    effects = Effects.KEYED
    params_model = AddNoteParams
    output_model = AddNoteOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*checking.check_entity(params, path=path)]

    def perform(self, params: AddNoteParams, call: ActionCall) -> ActionResult:
        entity = find(params.entity_type)

        def do() -> Json:
            row = rows.find(entity, params.entity_id)
            key = str(row.pk)
            if entity.add_note is not None:
                made = entity.add_note(row, params.note, params.visibility.value)
            else:
                note = Note(workspace_id=call.workspace_id, entity_type=entity.name, entity_id=key)
                note.text, note.visibility = params.note, params.visibility
                note.save(force_insert=True)
                made = note.pk
            return {"id": values.as_json(made), "entity_type": entity.name, "entity_id": key}

        return ActionResult(output=once(call, self.key, do))


register(AddNote())
