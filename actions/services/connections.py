"""Keep connections of a workspace, and open them for the code that uses them. Nothing else may read their tokens."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from pydantic import BaseModel, ValidationError

from actions.base import ActionFailedError
from actions.connections.base import Opened
from actions.connections.registry import connection_types
from actions.models import Connection
from core import secret_box, tenancy, validation
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.ids import new_id
from core.models import Role

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
USED_PRECISION = timedelta(minutes=1)  # how exact `last_used_at` is: not every action writes the row

Json = Mapping[str, Any]


def create(*, name: str, kind: str, settings_: Json, secrets: Json, role: Role = Role.EDITOR) -> Connection:
    """Store a new connection of the workspace in scope.

    Raises `InvalidError` with every problem of the name, the kind and the fields, and `ConflictError` for a taken name.
    """
    problems = [] if _NAME.fullmatch(name) else [_bad_name(name)]
    found = connection_types.find(kind)
    if found is None:
        guess = validation.did_you_mean(kind, connection_types.keys())
        problems.append(Problem("/kind", "unknown_kind", f"There is no kind of connection {kind[:100]!r}.{guess}"))
        raise InvalidError("The connection was not stored.", problems=problems)
    problems += [*_problems(found.settings_model, settings_, "/settings")]
    problems += [*_problems(found.secrets_model, secrets, "/secrets")]
    if problems:
        raise InvalidError("The connection was not stored.", problems=problems)
    row = Connection(id=new_id(), workspace_id=tenancy.current_workspace_id(), name=name, kind=kind)
    row.settings, row.role = dict(settings_), role
    row.token = seal(row, secrets)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise ConflictError(f"There is a connection named {name!r} already.") from None
    return row


def seal(row: Connection, secrets: Json) -> str:
    """The token of a row's secret fields; it opens for this row only."""
    return _box().encrypt(json.dumps(dict(secrets)), owner=_owner(row))


def unseal(row: Connection) -> dict[str, Any]:
    """The secret fields of a row. Raises `core.secret_box.UnreadableSecretError`."""
    fields: dict[str, Any] = json.loads(_box().decrypt(row.token, owner=_owner(row))) if row.token else {}
    return fields


def opened(row: Connection) -> Opened[Any, Any]:
    """The row with its models. Raises `ActionFailedError` (connection_unreadable, unknown_connection)."""
    found = connection_types.find(row.kind)
    if found is None:
        text = f"the connection {row.name!r} is of a kind that is not installed here any more: {row.kind!r}"
        raise ActionFailedError("unknown_connection", text, is_retryable=False)
    try:
        secrets = found.secrets_model.model_validate(unseal(row))
        settings_ = found.settings_model.model_validate(row.settings)
    except secret_box.UnreadableSecretError as error:
        raise ActionFailedError("connection_unreadable", error.detail, is_retryable=False) from None
    except ValidationError:
        text = f"the connection {row.name!r} lacks what its kind needs by now; store it again"
        raise ActionFailedError("connection_unreadable", text, is_retryable=False) from None
    return Opened(row.pk, row.name, row.kind, settings_, secrets)


@dataclass(frozen=True, slots=True)
class Opener:
    """The connections of the workspace in scope, for one try of an action.

    `learn` is told every secret value. `role` is that of who published the workflow.
    """

    learn: Callable[[Collection[str]], None]
    role: Role = Role.ADMIN

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        """See `actions.connections.base.Connections`."""
        row = _named(name, kinds=kinds) if name else _only(kinds)
        if not self.role.includes(Role(row.role)):
            text = f"the connection {row.name!r} is for the role {row.role}; this workflow is of a {self.role.value}"
            raise ActionFailedError("connection_not_permitted", text, is_retryable=False)
        self.learn([*texts(unseal_or_fail(row))])
        _mark_used(row)
        return opened(row)


def unseal_or_fail(row: Connection) -> dict[str, Any]:
    """The secret fields. Raises `ActionFailedError` (connection_unreadable)."""
    try:
        return unseal(row)
    except secret_box.UnreadableSecretError as error:
        raise ActionFailedError("connection_unreadable", error.detail, is_retryable=False) from None


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value: what has to be redacted."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)


def find(name: str) -> Connection:
    """The connection of this name. Raises `NotFoundError`."""
    row = Connection.objects.filter(name=name).first()
    if row is None:
        raise NotFoundError(f"There is no connection {name[:100]!r} in this workspace.")
    return row


def _named(name: str, *, kinds: frozenset[str]) -> Connection:
    row = Connection.objects.filter(name=name).first()
    if row is None:
        guess = validation.did_you_mean(name, Connection.objects.values_list("name", flat=True))
        text = f"the workspace has no connection {name[:100]!r}.{guess}"
        raise ActionFailedError("unknown_connection", text, is_retryable=False)
    if row.kind not in kinds:
        text = f"the connection {row.name!r} is of the kind {row.kind}; this action takes {', '.join(sorted(kinds))}"
        raise ActionFailedError("wrong_connection", text, is_retryable=False)
    return row


def _only(kinds: frozenset[str]) -> Connection:
    found = list(Connection.objects.filter(kind__in=kinds)[:2])
    if len(found) == 1:
        return found[0]
    wanted = " or ".join(sorted(kinds))
    text = (
        f"the workspace has several connections of the kind {wanted}; say which in `connection`"
        if found
        else f"the workspace has no connection of the kind {wanted}; an admin adds one under connections"
    )
    raise ActionFailedError("unknown_connection", text, is_retryable=False)


def _mark_used(row: Connection) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - USED_PRECISION)
    Connection.objects.filter(stale, pk=row.pk).update(last_used_at=Now())


def _problems(model: type[BaseModel], fields: Json, path: str) -> Iterator[Problem]:
    try:
        validation.parse(model, dict(fields))
    except InvalidError as error:
        for problem in error.problems:
            yield Problem(f"{path}{problem.path}", problem.code, problem.message)


def _bad_name(name: str) -> Problem:
    expected = "expected letters, digits, _ and -, not beginning with a digit, at most 100 characters"
    return Problem("/name", "invalid_name", f"{name[:120]!r} cannot be a connection's name: {expected}.")


def _owner(row: Connection) -> str:
    return f"{row.workspace_id}/connection/{row.pk}"


def _box() -> secret_box.SecretBox:
    return secret_box.SecretBox(settings.SEQUITUR_ENCRYPTION_KEYS)
