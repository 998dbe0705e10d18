"""Read the intake of the dead-letter queues. What was read stays there until it is let go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu import Queue

from core import dead_queues
from core.worker import parking, reading

MAX_BYTES = 16 * 1024 * 1024  # in hand at once, give or take a few messages: a dead one may be of any size
STEP = 5  # messages of one look into Redis


@dataclass(frozen=True, slots=True)
class Found:
    """A dead message, and how it is taken out of the queue."""

    message: Any
    let_go: Callable[[], object]


@contextmanager
def opened(app: Celery) -> Iterator[Callable[[int], list[Found]]]:
    """A function that returns the oldest messages, at most so many, and fewer large ones; none when there are none.
    Raises the broker's errors.

    On Redis they are looked at, and removed one by one when they are let go: whoever dies between leaves them where
    they were. On RabbitMQ they are held until then, and come back when the connection ends.
    """
    with reading.tolerate(app.connection_for_read()) as connection:
        channel: Any = connection.default_channel
        if not parking.is_rabbitmq(connection):
            yield lambda number: _of_redis(channel, number)
            return
        for queue in dead_queues.of_broker():
            queue(channel).declare()
        intake = Queue(dead_queues.INTAKE)(channel)
        yield lambda number: _of_rabbitmq(intake, number)


def _of_redis(channel: Any, number: int) -> list[Found]:
    items: list[bytes] = []
    with channel.conn_or_acquire() as client:
        while len(items) < number and sum(map(len, items)) < MAX_BYTES:
            taken = len(items)
            more = client.lrange(dead_queues.INTAKE, -min(taken + STEP, number), -taken - 1)
            if not more:
                break
            items += reversed(more)
    return [_of_item(channel, item) for item in items]


def _of_item(channel: Any, item: bytes) -> Found:
    def let_go() -> None:
        with channel.conn_or_acquire() as client:
            client.lrem(dead_queues.INTAKE, -1, item)

    return Found(channel.Message(reading.envelope(item, queue=dead_queues.INTAKE), channel=channel), let_go)


def _of_rabbitmq(intake: Queue, number: int) -> list[Found]:
    found: list[Found] = []
    size = 0
    while len(found) < number and size < MAX_BYTES and (message := intake.get(no_ack=False)) is not None:
        found.append(Found(message, message.ack))
        size += len(message.body or b"")
    return found
