"""Queues of RabbitMQ, through kombu."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from kombu import Connection, Consumer, Producer, Queue
from kombu.exceptions import KombuError

from triggers.bus.decoding import Message
from triggers.bus.source import DEAD, REASON_HEADER, BusError

CONNECT_SECONDS = 5
GATHER_SECONDS = 0.02  # for what has arrived together with the first message


class KombuSource:
    """One connection and its channel; several processes may read the same queues and share what is in them.

    A message without `message_id` has no id: delivered again after a crash, it is another event.
    """

    def __init__(self, url: str, queues: Sequence[str], *, prefetch: int) -> None:
        options = {"confirm_publish": True, "max_retries": 1}
        self._connection = Connection(url, connect_timeout=CONNECT_SECONDS, transport_options=options)
        self._errors: tuple[type[BaseException], ...] = (
            *self._connection.connection_errors,
            *self._connection.channel_errors,
            KombuError,
            OSError,
        )
        self._read: list[Message] = []
        self._guarded(lambda: self._open(queues, prefetch))

    def read(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        self._guarded(lambda: self._drain(max_messages, wait_seconds))
        found, self._read = self._read[:max_messages], self._read[max_messages:]
        return found

    def bury(self, message: Message, *, reason: str) -> None:
        self._guarded(lambda: self._publish(message, reason))

    def acknowledge(self, messages: Sequence[Message]) -> None:
        for each in messages:
            self._guarded(each.handle.ack)

    def close(self) -> None:
        with suppress(*self._errors):  # what was not acknowledged is delivered again either way
            self._connection.close()

    def _open(self, queues: Sequence[str], prefetch: int) -> None:
        self._connection.connect()
        for name in queues:
            self._declare(name)
        channel: Any = self._connection.default_channel  # of the transport; kombu's stubs know the base only
        channel.basic_qos(0, prefetch, False)
        for name in queues:
            arrived = partial(self._arrived, name)
            Consumer(channel, [Queue(name)], on_message=arrived, no_ack=False, auto_declare=False).consume()

    def _declare(self, name: str) -> None:
        """Only a queue that is not there: RabbitMQ refuses to declare one again with other arguments than it has."""
        probe: Any = self._connection.channel()
        try:
            probe.queue_declare(queue=name, passive=True)
            probe.close()
        except self._connection.channel_errors:
            Queue(name, durable=True)(self._connection.default_channel).declare()

    def _arrived(self, queue: str, raw: Any) -> None:
        self._read.append(_message(queue, raw))

    def _drain(self, max_messages: int, wait_seconds: float) -> None:
        """The first wait is for the first message, the others only for what has arrived already."""
        patience = wait_seconds
        while len(self._read) < max_messages:
            try:
                self._connection.drain_events(timeout=patience)
            except TimeoutError:
                return
            patience = min(patience, GATHER_SECONDS)

    def _publish(self, message: Message, reason: str) -> None:
        dead = Queue(message.queue + DEAD, durable=True)
        original = message.handle
        Producer(self._connection.default_channel).publish(
            message.body,
            exchange="",
            routing_key=dead.name,
            declare=[dead],
            headers={**original.headers, REASON_HEADER: reason[:1000]},
            content_type=original.content_type or "application/octet-stream",
            content_encoding="binary",
            message_id=message.id,
            delivery_mode=2,
        )

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except TimeoutError as error:
            raise BusError(f"The broker did not answer in time: {error}") from error
        except self._errors as error:
            raise BusError(f"{type(error).__name__}: {error}") from error


def _message(queue: str, raw: Any) -> Message:
    body = raw.body.encode() if isinstance(raw.body, str) else bytes(raw.body)
    properties = raw.properties or {}
    return Message(
        queue=queue,
        body=body,
        headers={str(name): str(value) for name, value in (raw.headers or {}).items()},
        content_type=raw.content_type or "",
        id=str(properties.get("message_id") or ""),
        handle=raw,
    )
