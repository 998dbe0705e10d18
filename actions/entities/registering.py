"""Register models as entities, and refuse what would leak or could not work."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import ForeignKey, Model

from actions.entities.entity import AddNote, AnyField, Entity, SetTag
from actions.entities.registry import entities
from core import masking
from core.models import Role, Workspace

Fields = Collection[str] | Mapping[str, Role]
_NAME = "entities"


def register(  # noqa: PLR0913  one call is all that a project says of a model
    model: type[Model],
    name: str | None = None,
    *,
    readable: Fields | None = None,
    writable: Fields = (),
    masked: Collection[str] = (),
    cleared: Collection[str] = (),
    workspace: str | None = "workspace",
    is_global: bool = False,
    owner: str | None = None,
    creatable: bool = False,
    add_note: AddNote | None = None,
    set_tag: SetTag | None = None,
) -> Entity:
    """Let actions read and change rows of a model, under `name` (default: the model's name in lower case).

    `readable` and `writable` are fields, or fields with the role that is needed (default: a viewer's to read, all
    stored fields but the masked; an editor's to write, none). `masked` fields are shown as `***`, in events of changes
    too, but to the action types in `cleared`. `workspace` is the foreign key to the workspace, or the lookup that leads
    there (`account__workspace`); a model without one is refused unless `is_global`. `owner` is the field of
    `assign_owner`. `add_note` and `set_tag` take the place of our own tables.

    Raises `ImproperlyConfigured` for what cannot be, and `AlreadyRegisteredError` for a name that is taken.
    """
    meta = model._meta  # noqa: SLF001  documented by Django
    stored: dict[str, AnyField] = {field.attname: field for field in meta.concrete_fields}
    fields = {**{field.name: field for field in stored.values()}, **stored}
    hidden = frozenset(_attribute(model, fields, each) for each in masked)
    entity = Entity(
        name=name or str(meta.model_name),
        model=model,
        readable=_roles(model, fields, [*stored] if readable is None else readable, Role.VIEWER, but=hidden),
        writable=_roles(model, fields, writable, Role.EDITOR),
        workspace=_workspace(model, workspace, is_global=is_global),
        cleared=frozenset(cleared),
        owner=_attribute(model, fields, owner) if owner else None,
        creatable=creatable,
        add_note=add_note,
        set_tag=set_tag,
        fields=fields,
    )
    if entity.workspace in entity.writable or f"{entity.workspace}_id" in entity.writable:
        raise ImproperlyConfigured(f"{meta.label}.{entity.workspace} is whose the row is; it cannot be writable.")
    entities.register(entity.name, entity)
    masking.declare(model, hidden, by=_NAME)
    return entity


def unregister(name: str) -> None:
    """Forget an entity; nothing changes when it is not registered."""
    if (found := entities.find(name)) is not None:
        masking.withdraw(found.model, by=_NAME)
        entities.unregister(name)


def _roles(
    model: type[Model], fields: Mapping[str, AnyField], said: Fields, role: Role, *, but: Collection[str] = ()
) -> dict[str, Role]:
    roles = said if isinstance(said, Mapping) else dict.fromkeys(said, role)
    found = {_attribute(model, fields, name): Role(needed) for name, needed in roles.items()}
    is_all = not isinstance(said, Mapping) and bool(but)
    return {name: needed for name, needed in found.items() if not (is_all and name in but)}


def _attribute(model: type[Model], fields: Mapping[str, AnyField], name: str) -> str:
    if name not in fields:
        label = model._meta.label  # noqa: SLF001
        names = ", ".join(dict.fromkeys(field.name for field in fields.values()))
        raise ImproperlyConfigured(f"{label} has no stored field {name!r}; it has {names}.")
    return str(fields[name].attname)


def _workspace(model: type[Model], lookup: str | None, *, is_global: bool) -> str | None:
    """The lookup that every query of the model begins with."""
    if is_global:
        return None
    at: Any = model
    try:
        for step in (lookup or "").split("__"):
            field = at._meta.get_field(step)  # noqa: SLF001
            at = field.related_model if isinstance(field, ForeignKey) else None
    except (FieldDoesNotExist, AttributeError):
        at = None
    if at is not Workspace:
        label = model._meta.label  # noqa: SLF001
        raise ImproperlyConfigured(
            f"{label}.{lookup} is no foreign key to core.Workspace, so nobody could tell whose the rows are. Name the "
            "one that is (workspace='account__workspace'), or say is_global=True for rows that all workspaces share."
        )
    return lookup
