"""One call of the API as a value: what is asked for, and which type the answer has. Nothing here sends anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import quote
from uuid import UUID

from sequitur_client.models import Model, naming

T_co = TypeVar("T_co", covariant=True)


class Unset(Enum):
    """An argument that was not given: it is not sent, whereas None is sent as null."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
Named: TypeAlias = str | int | UUID | Model
"""An id or name, or a row as the API gave it: then a change is refused if the row was changed since."""


class Form(Enum):
    """How the body of an answer is read."""

    JSON = "application/json"
    TEXT = "text/plain"
    BYTES = "application/octet-stream"
    SAID = "*/*"  # as its Content-Type says: JSON, text (also YAML and CSV) or bytes
    LINES = "application/x-ndjson"
    EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T_co]):
    """`T_co` is the type of the answer: what `answers` has for its status.

    `is_keyed`: an `Idempotency-Key` goes with it, so it may be sent again. `row`: what the call is about, whose ETag is
    the `If-Match` unless one is given.
    """

    operation: str
    method: str
    path: str
    answers: Mapping[int, Any]
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = UNSET
    media_type: str = "application/json"
    form: Form = Form.JSON
    is_keyed: bool = False
    idempotency_key: str | None = None
    row: Named | None = None
    if_match: str | None = None

    def written_query(self) -> dict[str, Any]:
        """The query as it is sent."""
        return {name: _written(value) for name, value in self.query.items() if not _is_absent(value)}

    def written_headers(self) -> dict[str, str]:
        """The headers of its own, `If-Match` among them."""
        found = {name: str(_written(value)) for name, value in self.headers.items() if not _is_absent(value)}
        tag = self.if_match or (self.row.response_etag if isinstance(self.row, Model) else "")
        return {**found, "If-Match": tag} if tag and self.if_match != "" else found


def filled(template: str, **names: Named) -> str:
    """A path with names in their places. Raises `ValueError` for what would lead to another place."""
    return template.format(**{name: _segment(name, value) for name, value in names.items()})


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A body of the fields that were given."""
    return {name: value for name, value in fields.items() if value is not UNSET}


def plain(value: Any) -> Any:
    """The value as JSON has it: of models only what was set, so that a change leaves the rest as it is."""
    if isinstance(value, Model):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value.value if isinstance(value, Enum) else value


def _segment(name: str, value: Named) -> str:
    text = str(naming(value) if isinstance(value, Model) else value)
    # `kv/{path}/` takes a namespace and a key; a key may have slashes.
    parts = text.split("/") if name == "path" else [text]
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"{name!r} is {text!r}, which names nothing.")
    return quote(text, safe="/" if name == "path" else "")


def _is_absent(value: Any) -> bool:
    return value is None or value is UNSET


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return [_written(each) for each in value]
    return _scalar(value)
