"""Find, change and make rows of entities, inside the workspace and the rights of the call. Nothing else does."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model, QuerySet

from actions.entities import values
from actions.entities.entity import Actor, Entity
from actions.entities.failures import failed
from actions.entities.registry import entities
from actions.entities.values import InvalidValueError
from core import masking, tenancy, validation
from core.models import Membership, Workspace

Json = Mapping[str, Any]


def of(entity: Entity) -> QuerySet[Any]:
    """The rows of an entity in the workspace in scope; of one that all workspaces share, all."""
    rows: QuerySet[Any] = entity.model._default_manager.all()  # noqa: SLF001  documented by Django
    return rows.filter(**{entity.workspace: tenancy.current_workspace_id()}) if entity.workspace else rows


def find(entity: Entity, key: Any, *, lock: bool = False) -> Any:
    """The row with this primary key. `lock` keeps it until the transaction ends.

    Raises `ActionFailedError` (unknown_record), for rows of other workspaces as for those that are not.
    """
    field = entity.model._meta.pk  # noqa: SLF001
    try:
        wanted = values.convert(field, key)
    except InvalidValueError:
        wanted = None
    rows = of(entity).select_for_update(of=("self",), no_key=True) if lock else of(entity)
    row = None if wanted is None else rows.filter(pk=wanted).first()
    if row is None:
        raise failed("unknown_record", f"There is no {entity.name} {str(key)[:100]!r} in this workspace.")
    return row


def change(entity: Entity, row: Any, fields: Json, actor: Actor) -> tuple[str, ...]:
    """Set fields and save them with `save()`, so that events tell of it. Returns the fields that differ now.

    Raises `ActionFailedError`: unknown_field, field_not_writable, field_masked, not_permitted, invalid_value.
    """
    cleaned = {
        attribute: _cleaned(entity, attribute, value, row) for attribute, value in _writable(entity, fields, actor)
    }
    changed = tuple(each for each, value in cleaned.items() if getattr(row, each) != value)
    for attribute in changed:
        setattr(row, attribute, cleaned[attribute])
    if changed:
        _full_clean(entity, row, changed)
        row.save(update_fields=[entity.fields[each].name for each in changed] + _kept_by_themselves(entity))
    return changed


def make(entity: Entity, fields: Json, actor: Actor) -> Any:
    """A new row of the workspace in scope. Raises as `change` does, and for an entity that is not made by actions."""
    if not entity.creatable or (entity.workspace and "__" in entity.workspace and not fields):
        raise failed("not_permitted", f"Actions do not make a {entity.name}; its registration says `creatable`.")
    row = entity.model()
    if entity.workspace and "__" not in entity.workspace:
        setattr(row, f"{entity.workspace}_id", tenancy.current_workspace_id())
    for attribute, value in _writable(entity, fields, actor):
        setattr(row, attribute, _cleaned(entity, attribute, value, row))
    _full_clean(entity, row, [each.attname for each in entity.model._meta.concrete_fields])  # noqa: SLF001
    row.save(force_insert=True)
    if not of(entity).filter(pk=row.pk).exists():
        raise failed("not_permitted", f"This {entity.name} would belong to another workspace.")
    return row


def attribute_of(entity: Entity, name: str) -> str:
    """The attribute of a field. Raises `ActionFailedError` (unknown_field)."""
    found = entity.attribute(name)
    if found is None:
        raise failed("unknown_field", unknown_field(entity, name))
    return found


def unknown_field(entity: Entity, name: str) -> str:
    """A sentence about a field that is none."""
    guess = validation.did_you_mean(name, entity.known())
    return f"{entity.name} has no field {name[:100]!r} for workflows.{guess} It has {', '.join(entity.known())}."


def refusal(entity: Entity, attribute: str, action_type: str) -> tuple[str, str] | None:
    """Why nobody may write a field by this type of action: a code and a sentence; None when somebody may."""
    if attribute in entity.masked and action_type not in entity.cleared:
        return "field_masked", f"{entity.name}.{attribute} is masked; actions of type {action_type} do not touch it."
    if attribute not in entity.writable:
        names = ", ".join(entity.writable) or "none"
        return "field_not_writable", f"{entity.name}.{attribute} is not writable for workflows. Writable: {names}."
    return None


def _writable(entity: Entity, fields: Json, actor: Actor) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        attribute = attribute_of(entity, name)
        if refused := refusal(entity, attribute, actor.action_type):
            raise failed(*refused)
        needed = entity.writable[attribute]
        if not actor.role.includes(needed):
            text = f"{entity.name}.{attribute} is written by the role {needed.value}; that of this workflow is "
            raise failed("not_permitted", f"{text}{actor.role.value}.")
        if value == masking.MASK:
            raise failed("field_masked", f"The value for {entity.name}.{attribute} is the mask of a masked field.")
        yield attribute, value


def _cleaned(entity: Entity, attribute: str, value: Any, row: Model) -> Any:
    field: Any = entity.fields[attribute]
    try:
        cleaned = values.clean(field, value, row=row)
    except InvalidValueError as error:
        raise failed("invalid_value", f"{entity.name}: {error}") from None
    if cleaned is not None and isinstance(field, ForeignKey) and not _is_reachable(field, cleaned):
        text = f"{entity.name}: {field.name!r} names a row that is not in this workspace."
        raise failed("invalid_value", text)
    return cleaned


def _is_reachable(field: Any, key: Any) -> bool:
    """Whether a foreign key leads to something that the workspace may see: its own rows, its members, shared rows."""
    target = field.related_model
    lookup = {field.target_field.attname: key}
    if (entity := next((each for each in entities if each.model is target), None)) is not None:
        return of(entity).filter(**lookup).exists()
    if target is Workspace:
        return bool(key == tenancy.current_workspace_id())
    if target is get_user_model():
        return Membership.objects.filter(user_id=key).exists()
    path = next((each for each in target._meta.concrete_fields if each.related_model is Workspace), None)  # noqa: SLF001
    if path is None:
        return False  # nobody said whose these rows are: register the model, with is_global where all may see it
    rows: QuerySet[Any] = target._base_manager.filter(**lookup)  # noqa: SLF001
    return rows.filter(**{path.attname: tenancy.current_workspace_id()}).exists()


def _full_clean(entity: Entity, row: Model, changed: Any) -> None:
    """The model's own rules, for what was set; what others left invalid is not this action's business."""
    others = {each.name for each in entity.model._meta.concrete_fields if each.attname not in changed}  # noqa: SLF001
    try:
        row.full_clean(exclude=others)
    except ValidationError as error:
        named = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        said = " ".join(f"{name}: {' '.join(texts)}" for name, texts in named.items())
        raise failed("invalid_value", f"{entity.name} cannot be so. {said[: values.MAX_MESSAGE_CHARACTERS]}") from None


def _kept_by_themselves(entity: Entity) -> list[str]:
    """The fields that are set on every save (`auto_now`), which `update_fields` would leave out."""
    concrete: tuple[Field[Any, Any], ...] = entity.model._meta.concrete_fields  # noqa: SLF001
    return [each.name for each in concrete if getattr(each, "auto_now", False)]
