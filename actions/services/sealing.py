"""The secret fields of connections, encrypted and not. Only the services of connections may call `unseal`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from actions.base import ActionFailedError
from actions.connections.base import ConnectionType, Opened
from actions.connections.registry import connection_types
from actions.models import Connection
from core import secret_box

Json = Mapping[str, Any]


def seal(row: Connection, secrets: Json) -> str:
    """The token of a row's secret fields; it opens for this row only."""
    return box().encrypt(json.dumps(dict(secrets)), owner=owner(row))


def unseal(row: Connection) -> dict[str, Any]:
    """The secret fields of a row. Raises `core.secret_box.UnreadableSecretError`."""
    fields: dict[str, Any] = json.loads(box().decrypt(row.token, owner=owner(row))) if row.token else {}
    return fields


def unseal_or_fail(row: Connection) -> dict[str, Any]:
    """The secret fields. Raises `ActionFailedError` (connection_unreadable)."""
    try:
        return unseal(row)
    except secret_box.UnreadableSecretError as error:
        raise ActionFailedError("connection_unreadable", error.detail, is_retryable=False) from None


def type_of(row: Connection) -> ConnectionType[Any, Any]:
    """The type of a row. Raises `ActionFailedError` (unknown_connection) where it is not installed any more."""
    found = connection_types.find(row.kind)
    if found is None:
        text = f"the connection {row.name!r} is of a kind that is not installed here any more: {row.kind!r}"
        raise ActionFailedError("unknown_connection", text, is_retryable=False)
    return found


def opened(row: Connection) -> Opened[Any, Any]:
    """The row with its models. Raises `ActionFailedError` (connection_unreadable, unknown_connection)."""
    found = type_of(row)
    try:
        secrets = found.secrets_model.model_validate(unseal_or_fail(row))
        settings_ = found.settings_model.model_validate(row.settings)
    except ValidationError:
        text = f"the connection {row.name!r} lacks what its kind needs by now; store it again"
        raise ActionFailedError("connection_unreadable", text, is_retryable=False) from None
    return Opened(row.pk, row.name, row.kind, settings_, secrets)


def secret_values(row: Connection, found: Opened[Any, Any]) -> list[str]:
    """Everything about an opened connection that nobody may read: its secret fields, and what is made of them.

    As they are sent, which is without the blanks around them that somebody may have stored.
    """
    return [*texts(found.secrets.model_dump(mode="json")), *type_of(row).derived_secrets(found)]


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


def owner(row: Connection) -> str:
    """Whom a token of the row is bound to."""
    return f"{row.workspace_id}/connection/{row.pk}"


def box() -> secret_box.SecretBox:
    """With the keys of the server."""
    return secret_box.SecretBox(settings.SEQUITUR_ENCRYPTION_KEYS)
