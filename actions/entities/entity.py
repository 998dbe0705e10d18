"""What an entity is: a model, the fields of it that may be read and written, and by which role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field, Model

from core import masking
from core.models import Role

AnyField = Field[Any, Any]
AddNote = Callable[[Any, str, str], Any]  # (row, text, visibility) -> an id, or None
SetTag = Callable[[Any, str, bool], None]  # (row, tag, whether it is to have it)


@dataclass(frozen=True, slots=True)
class Entity:
    """A registered model. Fields go by attribute, as they are stored: of a foreign key, `owner_id`.

    `readable` and `writable` say which role may; `masked` fields are shown as `***` but to the action types in
    `cleared`. `workspace` is the lookup from a row to its workspace; None for a model whose rows belong to all.
    """

    name: str
    model: type[Model]
    readable: Mapping[str, Role]
    writable: Mapping[str, Role]
    workspace: str | None
    cleared: frozenset[str] = frozenset()
    owner: str | None = None
    creatable: bool = False
    add_note: AddNote | None = None
    set_tag: SetTag | None = None
    fields: Mapping[str, AnyField] = field(default_factory=dict)

    @property
    def masked(self) -> frozenset[str]:
        """The fields that nobody may read, those that events of changes mask included."""
        return masking.fields_of(self.model)

    def attribute(self, name: str) -> str | None:
        """The attribute of a field by either of its names (`owner`, `owner_id`); None when there is none that is known
        here: what is neither readable, writable nor masked does not exist for workflows.
        """
        found = self.fields.get(name)
        if found is None:
            return None
        known = found.attname in self.readable or found.attname in self.writable or found.attname in self.masked
        return found.attname if known else None

    def known(self) -> tuple[str, ...]:
        """The attributes that workflows may name."""
        return tuple(dict.fromkeys([*self.readable, *self.writable, *sorted(self.masked)]))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts on records: an action type, for a workflow that somebody with `role` published."""

    action_type: str
    role: Role

    def sees(self, entity: Entity, attribute: str) -> bool:
        """Whether the value of a field is shown, and not a mask."""
        return attribute not in entity.masked or self.action_type in entity.cleared

    def may_read(self, entity: Entity, attribute: str) -> bool:
        """Whether the role may read a field. A masked one that is not registered as readable is for the cleared."""
        needed = entity.readable.get(attribute)
        if needed is None:
            return attribute in entity.masked and self.action_type in entity.cleared
        return self.role.includes(needed)
