"""What a workspace says about its types of events, and what an event's data has against it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction

from core import schemas, tenancy
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.preconditions import Expected, check
from core.schemas import Schema
from core.services import audit
from triggers.models import EventType, Validation

CHANGEABLE = ("description", "producer", "labels", "schema", "sample", "validation")


class RegisteredError(ConflictError):
    """There is an event type of this name already."""

    code = "registered"


def find(name: str) -> EventType:
    """The registered type of this name. Raises `NotFoundError`."""
    row = EventType.objects.filter(name=name).first()
    if row is None:
        raise NotFoundError(f"There is no event type {name[:64]!r} in this workspace.")
    return row


def create(name: str, values: Mapping[str, Any], *, by: str = "") -> EventType:
    """Register a type; `values` are those of `CHANGEABLE`, what is missing gets its default.

    Raises `InvalidError` for a schema that cannot be used or a sample that it refuses, and `RegisteredError`.
    """
    row, created = put(name, values, is_new=True, by=by)
    if not created:
        raise RegisteredError(f"There is an event type {name[:64]!r} already; its id is {row.pk}.")
    return row


@transaction.atomic
def put(
    name: str, values: Mapping[str, Any], *, is_new: bool = False, by: str = "", expected: Expected | None = None
) -> tuple[EventType, bool]:
    """Register a type, or replace all that is said about it; returns it and whether it is new.

    With `is_new`, one that is there is left alone. Safe to repeat: what says the same changes nothing.
    Raises `InvalidError` as `create` does, and `PreconditionFailedError` when it is not as expected (`state`).
    """
    new = EventType(workspace_id=tenancy.current_workspace_id(), name=name, **values)
    _check(new)
    EventType.objects.bulk_create([new], ignore_conflicts=True)
    row = EventType.objects.select_for_update().filter(name=name).first()
    if row is None:  # it was there, and somebody deleted it in this moment
        return put(name, values, is_new=is_new, by=by, expected=expected)
    _check_state(None if row.pk == new.pk else row, expected)
    if row.pk == new.pk:
        _audit("created", row, by=by, after={"name": name, **audit.shown(_said(row, CHANGEABLE))})
    elif not is_new:
        _save(row, {field: getattr(new, field) for field in CHANGEABLE}, by=by)
    return row, row.pk == new.pk


@transaction.atomic
def change(name: str, values: Mapping[str, Any], *, by: str = "", expected: Expected | None = None) -> EventType:
    """Change some of what is said about a type. Raises `NotFoundError`, and otherwise as `put` does."""
    row = EventType.objects.select_for_update().filter(name=name).first() or find(name)
    _check_state(row, expected)
    _save(row, values, by=by)
    return row


def state(row: EventType | None) -> str:
    """The state of what is said about a type, as an `ETag` begins with it; None: it is not registered."""
    return "unregistered" if row is None else f"v{row.version}"


def _check_state(row: EventType | None, expected: Expected | None) -> None:
    """Where nobody registered it, a tag of what was only seen is right, and `*` is not: there is nothing to change."""
    is_none = row is None and expected is not None and expected.is_any
    check(expected, None if is_none else state(row), at=row.updated_at if row else None)


@transaction.atomic
def delete(name: str, *, by: str = "", expected: Expected | None = None) -> None:
    """Forget what is said about a type; its events stay, and new ones are accepted. Raises `NotFoundError`, and
    `PreconditionFailedError` when it is not as expected (`state`).
    """
    row = EventType.objects.select_for_update().filter(name=name).first() or find(name)
    _check_state(row, expected)
    _audit("deleted", row, by=by, before={"name": name, **audit.shown(_said(row, CHANGEABLE))})
    row.delete()


def judge(events: Sequence[tuple[str, Any]]) -> list[tuple[Validation, list[Problem]]]:
    """For each (type, data), what is to become of it, and what does not fit; pointers begin with `/data`.

    `OFF` with no problems for what fits, and for types that are not registered, have no schema or are not validated.
    Concurrency: asks the database for the versions each time, so an edit in another process holds from its commit on.
    """
    rows = EventType.objects.filter(name__in={type_ for type_, _ in events}).exclude(validation=Validation.OFF)
    held = {name: (pk, version, word) for name, pk, version, word in rows.values_list(*_VERSION)}
    verdicts: list[tuple[Validation, list[Problem]]] = []
    for type_, data in events:
        word, problems = Validation.OFF, []
        if type_ in held:
            pk, version, validation = held[type_]
            try:
                problems = _compiled(pk, version).problems(data, path="/data")
            except EventType.DoesNotExist:  # changed or deleted since we asked for its version
                return judge(events)
            word = Validation(validation) if problems else word
        verdicts.append((word, problems))
    return verdicts


_VERSION = ("name", "pk", "version", "validation")


@lru_cache(maxsize=1000)
def _compiled(pk: UUID, version: int) -> Schema:
    """The schema of this version of a type. Raises `EventType.DoesNotExist` when there is a newer one."""
    row = EventType.objects.only("schema").get(pk=pk, version=version)
    return schemas.compile_schema(row.schema or {})


def _save(row: EventType, values: Mapping[str, Any], *, by: str) -> None:
    """Change a row that is locked, if that changes anything."""
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    if not changed:
        return
    before = audit.shown(_said(row, changed))
    for field in changed:
        setattr(row, field, values[field])
    _check(row)
    row.version += 1
    row.save(update_fields=[*changed, "version", "updated_at"])
    _audit("changed", row, by=by, before=before, after={"name": row.name, **audit.shown(_said(row, changed))})


def _said(row: EventType, fields: Iterable[str]) -> dict[str, Any]:
    return {field: getattr(row, field) for field in fields}


def _audit(what: str, row: EventType, *, by: str, **values: Any) -> None:
    audit.record(f"event_type.{what}", by=by, target="event_type", target_id=row.pk, **values)


def _check(row: EventType) -> None:
    if problems := _problems(row):
        raise InvalidError("The event type is not valid.", problems=problems)


def _problems(row: EventType) -> list[Problem]:
    if row.schema is None:
        if row.validation == Validation.OFF:
            return []
        return [Problem("/validation", "no_schema", "There is no schema to validate by; send one, or write off.")]
    try:
        schema = schemas.compile_schema(row.schema, path="/schema")
    except InvalidError as error:
        return [*error.problems]
    return [] if row.sample is None else schema.problems(row.sample, path="/sample")
