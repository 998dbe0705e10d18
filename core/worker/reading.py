"""Read Redis's lists without falling over what is no message.

kombu pops a value and decodes it; when that fails, the value is lost, the error ends the worker, and the next one meets
the next such value. Here it is made a message that says so: it is delivered, given up and kept like any other.
"""

import base64
import json
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu import Connection

from core.worker import headers

MAX_WORDS = 300
_TEXTS = ("delivery_tag",)
_PLACE = ("exchange", "routing_key")


class ReadsAnything:
    """For a channel of kombu's Redis transport."""

    def _brpop_read(self: Any, **options: Any) -> bool:
        """As kombu's, but for what is decoded. Source: kombu 5.7, transport/redis.py."""
        try:
            try:
                found = self.client.parse_response(self.client.connection, "BRPOP", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if not found:
                raise Empty
            key, item = found
            queue = _text(key).rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(queue)
            self.connection._deliver(envelope(item, queue=queue), queue)  # noqa: SLF001  kombu's own way
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()


def tolerate(connection: Connection) -> Connection:
    """Let the channels of a connection that is not open yet read anything; does nothing but for Redis."""
    transport: Any = connection.transport
    if transport.driver_type == "redis" and not issubclass(transport.Channel, ReadsAnything):
        transport.Channel = type("Channel", (ReadsAnything, transport.Channel), {})
    return connection


def envelope(item: bytes | str, *, queue: str) -> dict[str, Any]:
    """The message that a value of a list is, in the form that kombu delivers."""
    try:
        found = json.loads(item)
        _check(found)
    except (ValueError, TypeError, RecursionError) as error:
        return _around(item, queue=queue, why=f"{type(error).__name__}: {error}"[:MAX_WORDS])
    return found  # type: ignore[no-any-return]  # checked


def _check(found: Any) -> None:
    """Raises ValueError or TypeError for what kombu could not make a message of."""
    properties = found["properties"] if isinstance(found, dict) and "properties" in found else None
    if not isinstance(properties, dict):
        raise TypeError("it has no properties")
    place = properties.get("delivery_info")
    if not isinstance(place, dict) or not all(isinstance(place.get(name), str) for name in _PLACE):
        raise TypeError("it does not say where it was sent")
    if not all(isinstance(properties.get(name), str) for name in _TEXTS):
        raise TypeError("it has no delivery tag")
    if not isinstance(found.get("headers"), dict | None) or not isinstance(found.get("body"), str | None):
        raise TypeError("its headers are no object, or its body no text")
    if properties.get("body_encoding") == "base64":
        base64.b64decode(found.get("body") or "", validate=True)
    elif properties.get("body_encoding") not in (None, "utf-8"):
        raise ValueError("its body is encoded in a way that nobody knows")


def _around(item: bytes | str, *, queue: str, why: str) -> dict[str, Any]:
    raw = item if isinstance(item, bytes) else item.encode("utf-8", "surrogatepass")
    return {
        "body": base64.b64encode(raw).decode(),
        "content-type": "application/octet-stream",
        "content-encoding": "binary",
        "headers": {headers.UNREADABLE: why},
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
        },
    }


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
