"""Give a message up: put it into the dead-letter queues, with why, and only then take it out of its own.

A crash between the two leaves it in both; its identity, which does not change, makes one row of it all the same.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import structlog
from celery import Celery
from kombu import Connection, Producer

from core import dead_queues
from core.ids import new_id
from core.worker import headers
from core.worker.diagnosis import Cause

log = structlog.get_logger(__name__)

MAX_HEADER = 1000  # characters
ONCE_MORE = {"max_retries": 1, "interval_start": 0}  # a connection of the pool may have been closed meanwhile


def park(app: Celery, message: Any, cause: Cause, *, queue: str) -> None:
    """Put a kombu message into the dead-letter queues, and acknowledge it. Raises the broker's errors, nothing done.

    Where RabbitMQ does not take what we publish, it moves the message itself: it is rejected.
    """
    try:
        copy(app, message, cause, queue=queue)
    except Exception:
        if not is_moved_by_broker(app):
            raise
        log.exception("message cannot be copied, the broker moves it", queue=queue)
        message.reject(requeue=False)
    else:
        message.ack()


def is_moved_by_broker(app: Celery) -> bool:
    """Whether the broker has a dead-letter exchange, to which it moves what is rejected."""
    return is_rabbitmq(app.connection_for_write())


def copy(app: Celery, message: Any, cause: Cause, *, queue: str) -> None:
    """Put a copy of a message into the dead-letter queues."""
    log.warning("message given up", queue=queue, code=cause.code, reason=cause.message, task=_task(message))
    known = message.headers if isinstance(message.headers, dict) else {}
    added = {
        headers.LETTER: str(identity(message)),
        headers.CODE: cause.code,
        headers.MESSAGE: cause.message[:MAX_HEADER],
        headers.QUEUE: queue,
    }
    with app.producer_or_acquire() as producer:
        publish(
            producer,
            message.body,
            shelf=dead_queues.shelf(queue),
            is_collected=True,
            headers_={**_plain(known), **added},
            content_type=message.content_type or "application/octet-stream",
            content_encoding=message.content_encoding or "binary",
            **_kept(message.properties),
        )


def publish(
    producer: Producer, body: Any, *, shelf: str, is_collected: bool, headers_: Mapping[str, Any], **properties: Any
) -> None:
    """Put a message on a shelf, and into the intake if it is to become a row."""
    connection: Any = producer.connection
    common: dict[str, Any] = {"headers": dict(headers_), "retry": True, "retry_policy": dict(ONCE_MORE), **properties}
    if is_rabbitmq(connection):
        if is_collected:
            declared = [each for each in dead_queues.of_broker() if each.name in {dead_queues.INTAKE, shelf}]
            producer.publish(body, exchange=dead_queues.EXCHANGE, routing_key=shelf, declare=declared, **common)
        else:
            declared = [each for each in dead_queues.of_broker() if each.name == shelf]
            producer.publish(body, exchange="", routing_key=shelf, declare=declared, **common)
        return
    if is_collected:
        producer.publish(body, exchange="", routing_key=dead_queues.INTAKE, **common)
    producer.publish(body, exchange="", routing_key=shelf, **common)
    _trim(producer.channel, shelf)


def is_rabbitmq(connection: Connection) -> bool:
    """Whether the broker has exchanges and limits of its own."""
    return bool(connection.transport.driver_type == "amqp")


def _trim(channel: Any, shelf: str) -> None:
    """The newest are first in the list. Other transports than Redis, such as tests' own, keep all."""
    if hasattr(channel, "conn_or_acquire"):
        with channel.conn_or_acquire() as client:
            client.ltrim(shelf, 0, dead_queues.MAX_SHELVED - 1)


def identity(message: Any) -> UUID:
    """What the message is known by, the same each time that it is delivered, as far as whoever sent it gave it a name.

    1. As a dead one: what it was given. 2. Celery's id, or its properties'. 3. Redis: the tag, which stays with it.
    4. RabbitMQ without a name: a new one.
    """
    known = message.headers if isinstance(message.headers, dict) else {}
    if given := known.get(headers.LETTER):
        return _uuid(str(given))
    properties = message.properties or {}
    name = known.get("id") or properties.get("message_id") or properties.get("correlation_id")
    name = name or properties.get("delivery_tag")
    return uuid5(NAMESPACE_OID, f"sequitur:{name}") if name else new_id()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_OID, f"sequitur:{text}")


def _plain(known: Mapping[Any, Any]) -> dict[str, Any]:
    """The headers without those that say how the body was compressed: kombu has undone that."""
    return {str(name): value for name, value in known.items() if name not in {"compression", "redelivered"}}


def _kept(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    names = ("correlation_id", "message_id", "type", "app_id")
    return {name: properties[name] for name in names if properties and properties.get(name)}


def _task(message: Any) -> str:
    return str(message.headers.get("task", ""))[:200] if isinstance(message.headers, dict) else ""
