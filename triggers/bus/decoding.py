"""What a message of a broker means: an event, or poison, which no further try makes readable.

Read are, in this order: CloudEvents 1.0 in binary mode (attributes in headers: `ce-`, `ce_`, `cloudEvents:`), in
structured mode (JSON with `specversion`), the short form `{"type", "data", ...}`, and any JSON for which the route says
the type. Source: the CloudEvents bindings for HTTP, Kafka and AMQP.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core import documents, pointers
from core.errors import InvalidError, SequiturError
from core.expressions import paths
from triggers.bus.mapping import Route
from triggers.engine import cloudevents
from triggers.engine.incoming import IncomingEvent
from triggers.services import emitting

Json = dict[str, Any]

_PREFIX = re.compile(r"ce[-_]|cloudevents[:_]", re.IGNORECASE)
_SHORT = frozenset({"type", "data", "id", "source", "subject", "time"})


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
    places = {_PREFIX.sub("", name, count=1).lower(): name for name in message.headers if _PREFIX.match(name)}
    if "specversion" in places:
        event = _binary(message, places)
        return _built(message, route, _said(event), whole=event.data)
    body = documents.parse_json(message.body, max_bytes=max_bytes) if message.body else None
    if isinstance(body, dict) and "specversion" in body:
        return _built(message, route, _said(cloudevents.read(body)), whole=body)
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


def _binary(message: Message, places: Mapping[str, str]) -> IncomingEvent:
    """A CloudEvent in binary mode. Without a content type its data is JSON, as in structured mode."""
    attributes = {name: message.headers[place] for name, place in places.items()}
    media_type = attributes.pop("datacontenttype", "")
    return cloudevents.read_binary(
        attributes,
        message.body,
        content_type=message.content_type or media_type or "application/json",
        where={name: pointers.join("/headers", place) for name, place in places.items()},
    )


def _said(event: IncomingEvent) -> Json:
    return {name: getattr(event, name) for name in ("type", "data", "id", "source", "subject", "time", "extensions")}


def _time(text: Any) -> datetime | None:
    if text is None or text == "" or isinstance(text, datetime):
        return text or None
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
