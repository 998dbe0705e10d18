"""What can be said about records while a workflow is written: names, and values that no field takes."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from actions.base import ActionParams
from actions.entities import rows, values
from actions.entities.entity import Entity
from actions.entities.registry import entities, unknown
from core import pointers
from core.errors import Problem
from core.expressions import templates

Json = Mapping[str, Any]


class EntityParams(ActionParams):
    """Base of what acts on records of one kind."""

    entity_type: str = Field(min_length=1, max_length=100, description="What kind of record, such as lead.")


class RecordParams(EntityParams):
    """Base of what acts on one record."""

    entity_id: str = Field(min_length=1, max_length=200, description="Which record: its primary key.")


def entity_of(params: Json) -> Entity | None:
    """The entity that parameters name as they are written; None where it cannot be told."""
    name = params.get("entity_type")
    return entities.find(name) if isinstance(name, str) else None


def check_entity(params: Json, *, path: str) -> Iterator[Problem]:
    """A name of an entity that is none."""
    name = params.get("entity_type")
    if isinstance(name, str) and name and not templates.is_template(name) and name not in entities:
        yield Problem(pointers.join(path, "entity_type"), "unknown_entity", unknown(name))


def check_field(entity: Entity | None, name: Any, *, path: str) -> Iterator[Problem]:
    """A name of a field that is none. `path` is that of the name."""
    if entity and isinstance(name, str) and not templates.is_template(name) and entity.attribute(name) is None:
        yield Problem(path, "unknown_field", rows.unknown_field(entity, name))


def check_written(entity: Entity | None, name: Any, value: Any, *, path: str, action_type: str) -> Iterator[Problem]:
    """A field that cannot be written so. `path` is that of the name, or of the value below its name."""
    yield from check_field(entity, name, path=path)
    if entity is None or not isinstance(name, str) or (attribute := entity.attribute(name)) is None:
        return
    if refused := rows.refusal(entity, attribute, action_type):
        yield Problem(path, *refused)
    elif not templates.has_templates(value):
        try:
            values.clean(entity.fields[attribute], value)
        except values.InvalidValueError as error:
            yield Problem(path, "invalid_value", f"{entity.name}: {error}")


def check_fields(params: Json, name: str, *, path: str, action_type: str) -> Iterator[Problem]:
    """An object of fields and values, such as `fields: {status: new}`."""
    written = params.get(name)
    for field, value in written.items() if isinstance(written, dict) else ():
        where = pointers.join(path, name, field)
        yield from check_written(entity_of(params), field, value, path=where, action_type=action_type)
