"""What a message of a broker means: an event, or poison, which no further try makes readable.

Read are, in this order: CloudEvents 1.0 in binary mode (attributes in headers: `ce-`, `ce_`, `cloudEvents:`), in
structured mode (JSON with `specversion`), the short form `{"type", "data", ...}`, and any JSON for which the route says
the type. Source: the CloudEvents bindings for HTTP, Kafka and AMQP.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core import documents
from core.errors import InvalidError, SequiturError
from core.expressions import paths
from triggers.bus.mapping import Route
from triggers.services import emitting
from triggers.services.ingest import IncomingEvent

Json = dict[str, Any]

_PREFIX = re.compile(r"ce[-_]|cloudevents[:_]", re.IGNORECASE)
_KNOWN = frozenset({"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data",
                    "data_base64"})  # fmt: skip
_SHORT = frozenset({"type", "data", "id", "source", "subject", "time"})
_JSON_TYPE = re.compile(r"(^|/|\+)json\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came. `id` is the same whenever it is delivered; "" where the broker has no such thing.

    `handle` is the source's own.
    """

    queue: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    id: str = ""
    handle: Any = None


@dataclass(frozen=True, slots=True)
class Poison:
    """Why a message is no event, in a sentence."""

    reason: str


def decode(message: Message, route: Route, *, max_bytes: int) -> IncomingEvent | Poison:
    """The event that a message of this route is. The data of an event is an object; anything else is its `value`."""
    try:
        return _decode(message, route, max_bytes=max_bytes)
    except InvalidError as error:
        problems = " ".join(f"{problem.path}: {problem.message}" for problem in error.problems[:5])
        return Poison(problems or error.detail)
    except SequiturError as error:
        return Poison(error.detail)


def _decode(message: Message, route: Route, *, max_bytes: int) -> IncomingEvent:
    if len(message.body) > max_bytes:
        raise InvalidError(f"The message has {len(message.body):,} bytes; at most {max_bytes:,} are accepted.")
    attributes = _in_headers(message.headers)
    if "specversion" in attributes:
        is_json = _JSON_TYPE.search(message.content_type or attributes.get("datacontenttype", "json"))
        body = _body(message, max_bytes) if is_json else message.body.decode("utf-8", "replace")
        return _built(message, route, _attributes({**attributes, "data": body}), whole=body)
    body = _body(message, max_bytes)
    if isinstance(body, dict) and "specversion" in body:
        return _built(message, route, _attributes(body), whole=body)
    if isinstance(body, dict) and not (route.type or route.type_field) and isinstance(body.get("type"), str):
        if unknown := sorted(body.keys() - _SHORT):
            raise InvalidError(
                f"A message with a `type` has {', '.join(sorted(_SHORT))}; not {', '.join(unknown)[:100]}. "
                "If it is the data itself, give the queue a `type`."
            )
        return _built(message, route, body, whole=body)
    return _built(message, route, {"data": body}, whole=body)


def _built(message: Message, route: Route, said: Json, *, whole: Any) -> IncomingEvent:
    """`said` is what the message says of itself, `whole` the JSON into which the paths of the route lead."""
    type_ = route.type or (_text(whole, route.type_field) if route.type_field else said.get("type"))
    if type_ is None:
        raise InvalidError(f"The message says no type; give the queue {message.queue!r} a `type` or a `type_field`.")
    data = _at(whole, route.data_field) if route.data_field else said.get("data")
    id_ = _text(whole, route.id_field) if route.id_field else said.get("id")
    event = emitting.checked(
        type_,
        {} if data is None else data if isinstance(data, dict) else {"value": data},
        id_=message.id if id_ is None or id_ == "" else id_,
        source=route.source or said.get("source") or f"bus/{message.queue}",
        subject=said.get("subject") or "",
        time=_time(said.get("time")),
    )
    return replace(event, extensions=said.get("extensions") or None)


def _in_headers(headers: Mapping[str, str]) -> Json:
    return {_PREFIX.sub("", name, count=1).lower(): value for name, value in headers.items() if _PREFIX.match(name)}


def _attributes(event: Json) -> Json:
    """The attributes of a CloudEvent. Raises `InvalidError` for what is none."""
    if event.get("specversion") != "1.0":
        raise InvalidError(f"The CloudEvent is of version {str(event.get('specversion'))[:20]!r}; 1.0 is read.")
    for name in ("id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidError(f"The CloudEvent has no {name!r}: it is text, and not empty.")
    if "data" in event and "data_base64" in event:
        raise InvalidError("The CloudEvent has both 'data' and 'data_base64'.")
    extensions = {name: value for name, value in event.items() if name not in _KNOWN and value is not None}
    data = event.get("data")
    if isinstance(encoded := event.get("data_base64"), str):
        try:
            data = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            raise InvalidError("The 'data_base64' of the CloudEvent is not base64.") from None
    return {**{name: event.get(name) for name in _KNOWN}, "data": data, "extensions": extensions}


def _body(message: Message, max_bytes: int) -> Any:
    return documents.parse_json(message.body, max_bytes=max_bytes) if message.body else None


def _time(text: Any) -> datetime | None:
    if text is None or text == "":
        return None
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise InvalidError(f"The time {str(text)[:40]!r} is not ISO 8601, like 2026-01-31T09:30:00Z.") from None


def _at(whole: Any, path: str) -> Any:
    found = paths.resolve(paths.parse(path), whole)
    if found is paths.MISSING:
        raise InvalidError(f"There is nothing at {path!r} of the message.")
    return found


def _text(whole: Any, path: str) -> str:
    value = _at(whole, path)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidError(f"There is no text or number at {path!r} of the message.")
    return str(value)
