"""Write connections of a workspace. Their secret fields go in and never come out again: see `sealing`."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from actions import ports
from actions.connections.base import ConnectionType
from actions.connections.registry import connection_types
from actions.models import Connection
from actions.services import sealing
from actions.services.opening import Opener
from actions.services.sealing import opened, seal, unseal
from core import pointers, tenancy, validation
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.ids import new_id, uuid_or_none
from core.models import AuditEntry, Role
from core.preconditions import Expected, state_of
from core.redaction import Redactor
from core.secret_box import UnreadableSecretError
from core.services import audit, room

__all__ = ["Opener", "create", "delete", "find", "opened", "seal", "unseal", "update"]

MAX_SECRET_BYTES = 64 * 1024
MAX_SETTINGS_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")

Json = Mapping[str, Any]


def create(
    *,
    name: str,
    kind: str,
    settings_: Json,
    secrets: Json,
    role: Role = Role.EDITOR,
    expires_at: datetime | None = None,
    by: str = "",
    is_complete: bool = True,
) -> Connection:
    """Store a new connection of the workspace in scope. One that is not complete lacks the secrets that its kind needs,
    and cannot be used before somebody gives them (`needs_authorization`).

    Raises `InvalidError` with every problem of the name, the kind and the fields, `ConflictError` for a taken name,
    and `FullError`.
    """
    problems = [] if _NAME.fullmatch(name) else [_bad_name(name)]
    found = connection_types.find(kind)
    if found is None:
        guess = validation.did_you_mean(kind, connection_types.keys())
        guess = guess or f" There are {', '.join(sorted(connection_types.keys()))}."
        problems.append(Problem("/kind", "unknown_kind", f"There is no kind of connection {kind[:100]!r}.{guess}"))
        raise InvalidError("The connection was not stored.", problems=problems)
    row = Connection(id=new_id(), workspace_id=tenancy.current_workspace_id(), name=name, kind=kind)
    row.role, row.expires_at = role, expires_at
    given = {key: value for key, value in secrets.items() if value is not None}
    row.needs_authorization = not is_complete and not given and bool(needed_secrets(kind))
    _fill(row, found, settings_=settings_, secrets=given, problems=problems)
    try:
        with transaction.atomic():
            room.make("max_connections")
            row.save(force_insert=True)
            _audit("created", row, by=by)
    except IntegrityError:
        raise _taken(name) from None
    return row


def update(
    row: Connection,
    *,
    name: str | None = None,
    settings_: Json | None = None,
    secrets: Json | None = None,
    role: Role | None = None,
    by: str = "",
    expected: Expected | None = None,
    **changes: datetime | None,
) -> Connection:
    """Change what is given. Settings are replaced as a whole; secret fields that are left out keep their value, and
    null takes one away. `changes` may hold `expires_at`.

    Raises `InvalidError` with every problem, also (secret_needed) for settings that would send a stored secret to
    another address, and `ConflictError` for a taken name and for one that something still uses;
    `PreconditionFailedError` when it is not as expected (`state`).
    """
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(pk=row.pk)
        _check_state(row, expected)
        found = sealing.type_of(row) if row.kind in connection_types else None
        if found is None:
            raise ConflictError(f"The kind {row.kind!r} is not installed here any more; it can only be deleted.")
        problems: list[Problem] = []
        if name is not None and name != row.name:
            problems += [] if _NAME.fullmatch(name) else [_bad_name(name)]
            _refuse_used(row, "renamed")
            row.name = name
        stored = _stored(row)
        if settings_ is not None:
            stored = _kept(row, found, settings_, stored, given=secrets or {}, problems=problems)
        merged = {key: value for key, value in {**stored, **(secrets or {})}.items() if value is not None}
        row.role = row.role if role is None else role
        if "expires_at" in changes:
            row.expires_at = changes["expires_at"]
        _fill(row, found, settings_=row.settings if settings_ is None else settings_, secrets=merged, problems=problems)
        if secrets:
            row.needs_authorization = False
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise _taken(row.name) from None
        _audit("changed", row, by=by, secrets=sorted(secrets or {}))
    return row


def state(row: Connection) -> str:
    """The state of what people edit of it, as its `ETag` begins with it. Nothing of its secrets is in it: that they
    were changed is known by what was written down of that. Tokens that are renewed change nothing."""
    last = _last_change(row)
    return state_of([row.name, row.kind, row.settings, row.role, row.expires_at, last and last.pk])


def _last_change(row: Connection) -> AuditEntry | None:
    return AuditEntry.objects.filter(target="connection", target_id=row.pk).order_by("-id").first()


def _check_state(row: Connection, expected: Expected | None) -> None:
    if expected is not None:
        last = _last_change(row)
        expected.check(state(row), by=last.actor if last else "", at=row.updated_at)


def delete(row: Connection, *, by: str = "", expected: Expected | None = None) -> None:
    """Delete it. Raises `ConflictError`, with their names, while active workflows use it, and
    `PreconditionFailedError` when it is not as expected."""
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(pk=row.pk)
        _check_state(row, expected)
        _refuse_used(row, "deleted")
        _audit("deleted", row, by=by)
        row.delete()


def find(id_or_name: str) -> Connection:
    """The connection with this id or this name. Raises `NotFoundError`."""
    uid = uuid_or_none(id_or_name)
    row = Connection.objects.filter(pk=uid).first() if uid else None
    row = row or Connection.objects.filter(name=id_or_name).first()
    if row is None:
        guess = validation.did_you_mean(id_or_name, Connection.objects.values_list("name", flat=True))
        raise NotFoundError(f"There is no connection {id_or_name[:100]!r} in this workspace.{guess}")
    return row


def needed_secrets(kind: str) -> list[str]:
    """The secret fields without which a connection of this kind is not complete, by name; none of an unknown kind."""
    found = connection_types.find(kind)
    fields = found.secrets_model.model_fields.items() if found else ()
    return sorted(field.alias or name for name, field in fields if field.is_required())


def secrets_set(row: Connection) -> dict[str, str]:
    """Which secret fields are set, by name; nothing more may be known of them. Empty when they cannot be read."""
    return {name: "set" for name, value in _stored(row).items() if value is not None}


def _audit(what: str, row: Connection, *, by: str, **also: Any) -> None:
    """Nothing of its fields, which may hold anything: which secrets were given, by name."""
    after = {"name": row.name, "kind": row.kind, "role": row.role, **also}
    audit.record(f"connection.{what}", by=by, target="connection", target_id=row.pk, after=after)


def _stored(row: Connection) -> dict[str, Any]:
    """None of what cannot be read any more: it can be stored anew."""
    try:
        return sealing.unseal(row)
    except UnreadableSecretError:
        return {}


def _fill(
    row: Connection, found: ConnectionType[Any, Any], *, settings_: Json, secrets: Json, problems: list[Problem]
) -> None:
    """Put the fields into the row. Raises `InvalidError` with the `problems` there are, and those of the fields; one
    that waits for its secrets may lack them all."""
    problems += _problems(found.settings_model, settings_, "/settings")
    reported = {problem.path for problem in problems}
    if row.needs_authorization and not secrets:
        reported |= {pointers.join("/secrets", name) for name in needed_secrets(row.kind)}
    found_ = _problems(found.secrets_model, secrets, "/secrets", is_secret=True)
    problems += [problem for problem in found_ if problem.path not in reported]
    if problems:
        raise InvalidError("The connection was not stored.", problems=problems)
    row.settings, row.token = dict(settings_), sealing.seal(row, secrets)


def _kept(
    row: Connection,
    found: ConnectionType[Any, Any],
    settings_: Json,
    stored: dict[str, Any],
    *,
    given: Json,
    problems: list[Problem],
) -> dict[str, Any]:
    """The stored secrets that may stay with new settings: none where the address changes, or somebody could have them
    sent to himself."""
    before, after = found.addresses(row.settings), found.addresses(settings_)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if not changed:
        return stored
    for name in stored.keys() - found.obtained_secrets - given.keys():
        message = f"With another {' and '.join(changed)}, give this secret again: a stored one goes to no new address."
        problems.append(Problem(pointers.join("/secrets", name), "secret_needed", message))
    return {}


def _problems(model: type[BaseModel], fields: Json, path: str, *, is_secret: bool = False) -> Iterator[Problem]:
    try:
        model.model_validate(dict(fields))
    except ValidationError as error:
        found = validation.problems(error, model=model, path=path, shows_values=not is_secret)
        redactor = Redactor(sealing.texts(dict(fields)) if is_secret else (), only_values=True)
        yield from (Problem(each.path, each.code, redactor.clean_text(each.message)) for each in found)
    limit = MAX_SECRET_BYTES if is_secret else MAX_SETTINGS_BYTES
    if sum(len(text.encode("utf-8", "replace")) for text in sealing.texts(dict(fields))) > limit:
        yield Problem(path, "too_large", f"Expected at most {limit:,} bytes of text altogether.")


def _refuse_used(row: Connection, what: str) -> None:
    users = ports.users_of(row.name)
    if users:
        more = f" and {len(users) - 20} more" if len(users) > 20 else ""
        names = f"{', '.join(users[:20])}{more}"
        raise ConflictError(f"The connection {row.name!r} cannot be {what} while it is used by {names}.")


def _taken(name: str) -> ConflictError:
    return ConflictError(f"There is a connection named {name!r} already, perhaps in capitals.")


def _bad_name(name: str) -> Problem:
    expected = "expected letters, digits, _ and -, not beginning with a digit, at most 100 characters"
    return Problem("/name", "invalid_name", f"{name[:120]!r} cannot be a connection's name: {expected}.")


def is_expired(row: Connection) -> bool:
    """Whether its credentials have ended, as far as is known."""
    return row.needs_authorization or (row.expires_at is not None and row.expires_at <= timezone.now())
