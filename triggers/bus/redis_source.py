"""Queues of Redis and Valkey: what kombu and Celery publish there, and bare values that anybody pushed onto a list.

kombu's own consumer pops a message and notes afterwards that it has it: killed in between, it loses the message. Here
one script does both. Taken messages stand beside their queue until they are acknowledged; those of a consumer that was
silent for `visibility_seconds` are given to the next one that looks, under the tag that they had.
"""

import base64
import binascii
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from triggers.bus.decoding import Message
from triggers.bus.source import DEAD, REASON_HEADER, BusError

CONNECT_SECONDS = 5
POLL_SECONDS = 0.05
_PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")  # behind the names of kombu's lists, the most urgent first

# KEYS: the list, its taken messages by tag, when each was taken. ARGV: how many, seconds. Returns tag, message, ...
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local found = {}
for _, tag in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[2], 'LIMIT', 0, ARGV[1])) do
    local item = redis.call('HGET', KEYS[2], tag)
    if item then
        redis.call('ZADD', KEYS[3], now, tag)
        table.insert(found, tag)
        table.insert(found, item)
    else
        redis.call('ZREM', KEYS[3], tag)
    end
end
while #found < 2 * ARGV[1] do
    local item = redis.call('RPOP', KEYS[1])
    if not item then break end
    local tag = clock[1] .. '.' .. clock[2] .. '-' .. redis.call('HINCRBY', KEYS[2], 'number', 1)
    redis.call('HSET', KEYS[2], tag, item)
    redis.call('ZADD', KEYS[3], now, tag)
    table.insert(found, tag)
    table.insert(found, item)
end
return found
"""


class RedisSource:
    """One connection; several processes may read the same queues and share what is in them."""

    def __init__(self, url: str, queues: Sequence[str], *, visibility_seconds: float) -> None:
        options = {"max_retries": 0, "socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": 2 * CONNECT_SECONDS}
        self._connection = Connection(url, connect_timeout=CONNECT_SECONDS, transport_options=options)
        self._errors: tuple[type[BaseException], ...] = (
            RedisError,
            KombuError,
            *self._connection.connection_errors,
            OSError,
        )
        self._queues = list(queues)
        self._visibility_seconds = visibility_seconds
        self._held: dict[str, set[str]] = {}
        try:
            channel: Any = self._connection.default_channel  # of the transport; kombu's stubs know the base only
            self._client = channel.client
            self._take = self._client.register_script(_TAKE)
        except self._errors as error:
            raise BusError(f"{type(error).__name__}: {error}") from error

    def read(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        ends = time.monotonic() + wait_seconds
        try:
            while not (found := self._look(max_messages)) and time.monotonic() < ends:
                time.sleep(POLL_SECONDS)
        except self._errors as error:
            raise BusError(f"{type(error).__name__}: {error}") from error
        return found

    def bury(self, message: Message, *, reason: str) -> None:
        _, _, raw = message.handle
        envelope = _envelope(raw) or {"body": base64.b64encode(raw).decode(), "properties": {"body_encoding": "base64"}}
        envelope["headers"] = {**(envelope.get("headers") or {}), REASON_HEADER: reason[:1000]}
        envelope["properties"] = {"delivery_tag": message.id, "delivery_info": {}, **envelope["properties"]}
        whole = {"content-encoding": "binary", "content-type": "application/octet-stream", **envelope}
        try:
            self._client.lpush(message.queue + DEAD, json.dumps(whole))
        except self._errors as error:
            raise BusError(f"{type(error).__name__}: {error}") from error

    def acknowledge(self, messages: Sequence[Message]) -> None:
        pipe = self._client.pipeline(transaction=True)
        for each in messages:
            key, tag, _ = each.handle
            pipe.hdel(_taken(key), tag)
            pipe.zrem(_times(key), tag)
        try:
            pipe.execute()
        except self._errors as error:
            raise BusError(f"{type(error).__name__}: {error}") from error
        for each in messages:
            key, tag, _ = each.handle
            self._held[key].discard(tag)

    def close(self) -> None:
        """What is still held becomes anybody's at once; where that cannot be said, after `visibility_seconds`."""
        with suppress(*self._errors):
            for key, tags in self._held.items():
                if tags:
                    self._client.zadd(_times(key), dict.fromkeys(tags, 0), xx=True)
        with suppress(*self._errors):
            self._connection.close()

    def _look(self, max_messages: int) -> list[Message]:
        found: list[Message] = []
        for queue in self._queues:
            for key in (queue + suffix for suffix in _PRIORITIES):
                if (left := max_messages - len(found)) > 0:
                    items = self._take([key, _taken(key), _times(key)], [left, self._visibility_seconds])
                    found += [self._message(queue, key, *pair) for pair in zip(items[::2], items[1::2], strict=True)]
        self._queues.append(self._queues.pop(0))  # none starves behind a busy one
        return found

    def _message(self, queue: str, key: str, tag: bytes, raw: bytes) -> Message:
        name = tag.decode()
        self._held.setdefault(key, set()).add(name)
        envelope = _envelope(raw)
        if envelope is None:
            return Message(queue, raw, id=name, handle=(key, name, raw))
        properties = envelope["properties"]
        return Message(
            queue=queue,
            body=_body(envelope),
            headers={str(header): str(value) for header, value in (envelope.get("headers") or {}).items()},
            content_type=str(envelope.get("content-type") or ""),
            id=str(properties.get("message_id") or properties.get("delivery_tag") or name),
            handle=(key, name, raw),
        )


def _taken(key: str) -> str:
    return f"{key}:sequitur:taken"


def _times(key: str) -> str:
    return f"{key}:sequitur:times"


def _envelope(raw: bytes) -> dict[str, Any] | None:
    """What kombu wrote around the body; None for a bare value."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("properties"), dict) or "body" not in value:
        return None
    return value if isinstance(value.get("headers") or {}, dict) else None


def _body(envelope: dict[str, Any]) -> bytes:
    body = envelope["body"]
    if not isinstance(body, str):
        return json.dumps(body).encode()
    if envelope["properties"].get("body_encoding") == "base64":
        with suppress(binascii.Error, ValueError):
            return base64.b64decode(body)
    return body.encode("utf-8", "surrogatepass")
