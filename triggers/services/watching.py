"""Which Django models are watched, and what their rows are at a moment: read from the database, never from an instance.

An instance may be stale, hold expressions, or know only some of its fields.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import connections
from django.db.models import ForeignKey, Model

from core import json_values
from core.models import Workspace

Json = dict[str, Any]
WorkspaceOf = Callable[[Any], Workspace | UUID | None]


@dataclass(frozen=True, slots=True)
class Watched:
    """A model whose rows are watched. `fields` are attributes as they are stored: of a foreign key, `owner_id`."""

    model: type[Model]
    name: str
    fields: tuple[str, ...]
    masked: frozenset[str]
    workspace_of: WorkspaceOf

    @property
    def source(self) -> str:
        return f"django/{self.model._meta.label_lower}"  # noqa: SLF001  documented by Django


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was stored at some moment. `values` are JSON, not yet masked."""

    workspace_id: UUID | None
    key: Any
    values: Json


def describe(
    model: type[Model],
    *,
    name: str,
    fields: Collection[str] | None,
    masked: Collection[str],
    workspace: str | WorkspaceOf,
) -> Watched:
    """What is to be watched of a model. Raises `ImproperlyConfigured` for fields that it does not have."""
    meta = model._meta  # noqa: SLF001
    stored = {field.attname: field for field in meta.concrete_fields}
    attributes = {**{field.name: field.attname for field in stored.values()}, **{each: each for each in stored}}

    def attribute(field: str) -> str:
        if field not in attributes:
            raise ImproperlyConfigured(f"{meta.label} has no stored field {field!r}; it has {', '.join(stored)}.")
        return attributes[field]

    hidden = frozenset(attribute(field) for field in masked)
    wanted = tuple(stored) if fields is None else tuple(dict.fromkeys(attribute(field) for field in fields))
    return Watched(
        model=model,
        name=name,
        fields=(*wanted, *(each for each in stored if each in hidden and each not in wanted)),
        masked=hidden,
        workspace_of=_reader(model, workspace) if isinstance(workspace, str) else workspace,
    )


def read(watched: Watched, keys: Collection[Any], *, using: str, lock: bool = False) -> dict[Any, Row]:
    """The rows with these primary keys, by key. `lock` keeps others from changing them until the transaction ends."""
    rows = watched.model._base_manager.using(using).filter(pk__in=keys)  # noqa: SLF001  documented by Django
    if lock and connections[using].features.has_select_for_update:
        no_key = connections[using].features.has_select_for_no_key_update
        rows = rows.order_by("pk").select_for_update(of=("self",), no_key=no_key)
    return {instance.pk: _row(watched, instance) for instance in rows}


def _row(watched: Watched, instance: Model) -> Row:
    found = watched.workspace_of(instance)
    values = {field: getattr(instance, field) for field in watched.fields}
    return Row(
        workspace_id=found.pk if isinstance(found, Workspace) else found,
        key=json_values.convert(instance.pk, unknown=json_values.as_text),
        values=json_values.convert(values, unknown=json_values.as_text),
    )


def _reader(model: type[Model], name: str) -> WorkspaceOf:
    """Reads the workspace from a foreign key."""
    meta = model._meta  # noqa: SLF001
    try:
        field = meta.get_field(name)
    except FieldDoesNotExist:
        field = None
    if not isinstance(field, ForeignKey) or field.remote_field.model is not Workspace:
        message = (
            f"{meta.label}.{name} is no foreign key to core.Workspace. Name the one that is, or give a function of the "
            "instance: register(..., workspace=lambda row: row.account.workspace)."
        )
        raise ImproperlyConfigured(message)
    attname = field.attname
    return lambda instance: getattr(instance, attname)
