"""The only door to the broker. A message is a hint that a row waits: it carries ids, and may be lost or doubled.

Everything is sent after the transaction has committed. When the broker does not answer, the hint is dropped, with one
line in the log, and this process does not try again for some seconds: the sweepers find the rows.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from amqp.exceptions import AMQPError
from celery import Signature, chain, current_app, signature
from django.db import transaction
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from core import batches
from core.worker import correlation, headers, parking

log = structlog.get_logger(__name__)

QUIET_SECONDS = 5.0
MAX_BATCH = 100  # rows of one message: enough to share their statements, few enough for several workers
BROKER_ERRORS = (KombuError, OSError, RedisError, AMQPError)  # the drivers' own errors are none of kombu's


class _Breaker:
    """Keeps a dead broker from costing each request its connection time-out. One per process; races only cost a try."""

    def __init__(self) -> None:
        self.quiet_until = 0.0

    def send(self, publish: Callable[[], object], *, what: str) -> bool:
        if time.monotonic() < self.quiet_until:
            return False
        try:
            publish()
        except BROKER_ERRORS as error:
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("broker unavailable, hint dropped", hint=what, error=repr(error), quiet_seconds=QUIET_SECONDS)
            return False
        return True


breaker = _Breaker()


def task(name: str, row_id: UUID, *, queue: str) -> None:
    """Hint, on commit, that the task `name` has work in the row `row_id`."""
    _on_commit([_signature(name, row_id, queue)])


def batch(name: str, row_ids: Sequence[UUID], *, queue: str, again: bool = False) -> None:
    """Hint, on commit, that the task `name` has work in all these rows: a message for every `MAX_BATCH` of them.

    `again`: an earlier message was lost, or its worker.
    """
    for each in batches.of(row_ids, MAX_BATCH):
        args = (list(map(str, each)),)
        _on_commit([signature(name, args=args, kwargs=_flags(again), immutable=True, queue=queue, app=current_app)])


def segment(name: str, row_ids: Sequence[UUID], *, queue: str, again: bool = False) -> None:
    """Hint, on commit, that the task `name` is to be done for each row, one after the other: a Celery chain."""
    if row_ids:
        first, *rest = row_ids
        _on_commit([_signature(name, first, queue, again=again), *(_signature(name, each, queue) for each in rest)])


def express(queue: str) -> str:
    """The queue beside `queue` for the first message of a workspace that has no other: workers read queues in turns."""
    return f"{queue}_express"


def shortfall(queue: str, *, waiting: int) -> int:
    """How many of `waiting` rows have no message in the queue, or in its express one, as far as lengths tell.

    The sweepers publish so many again: none while a long queue is worked off, all after the broker lost it. 0 when the
    broker does not answer, since nothing can be published then.
    """
    if not waiting:
        return 0
    try:
        with current_app.connection_for_read() as connection:
            length = _length(connection, queue) + _length(connection, express(queue))
    except BROKER_ERRORS as error:
        log.warning("broker unavailable, nothing published again", queue=queue, error=repr(error))
        return 0
    return max(0, waiting - length)


def lengths() -> dict[str, int] | None:
    """How many messages are in each queue of tasks; None when the broker does not answer."""
    try:
        with current_app.connection_for_read() as connection:
            return {queue.name: _length(connection, queue.name) for queue in current_app.conf.task_queues or ()}
    except BROKER_ERRORS:
        return None


def _length(connection: Connection, queue: str) -> int:
    try:
        channel: Any = connection.default_channel  # of the transport; kombu's stubs know the base only
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:  # Redis and RabbitMQ alike: an empty or unused queue is "not found"
        return 0


def _signature(name: str, row_id: UUID, queue: str, *, again: bool = False) -> Signature[None]:
    return signature(name, args=(str(row_id),), kwargs=_flags(again), immutable=True, queue=queue, app=current_app)


def _flags(again: bool) -> dict[str, bool]:
    return {"again": True} if again else {}


def _on_commit(signatures: Sequence[Signature[None]]) -> None:
    request_id = correlation.current()

    def send() -> None:  # no partial: when it raises, Django logs its name, which a partial does not have
        with correlation.of(request_id):
            _send(signatures)

    transaction.on_commit(send, robust=True)


def _send(signatures: Sequence[Signature[None]]) -> None:
    first = signatures[0]
    whole = first if len(signatures) == 1 else chain(*signatures)
    breaker.send(partial(whole.apply_async, ignore_result=True), what=str(first.task))


class MalformedHintError(ValueError):
    """A message does not name rows as ours do."""


def id_of(text: object) -> UUID:
    """The row that a message names. Raises `MalformedHintError`."""
    if not isinstance(text, str):
        raise MalformedHintError(f"{text!r:.100} is no id.")
    try:
        return UUID(text)
    except ValueError:
        raise MalformedHintError(f"{text!r:.100} is no id.") from None


def ids_of(texts: object) -> list[UUID]:
    """The rows that a message names. Raises `MalformedHintError`."""
    if not isinstance(texts, list):
        raise MalformedHintError(f"{texts!r:.100} is no list of ids.")
    return [id_of(each) for each in texts]


def chained_ids(request: Any) -> list[UUID]:
    """The rows that the rest of a task's chain is about, in the order in which the messages will come."""
    try:
        return [id_of(each["args"][0]) for each in reversed(request.chain or ())]
    except (LookupError, TypeError):
        raise MalformedHintError("Its chain is none of ours.") from None


def keep_in_chain(request: Any, *, last: int) -> None:
    """Leave only the `last` so many messages of a task's chain, which Celery sends when the task has returned."""
    request.chain = (request.chain or [])[:last] or None


def is_redelivered(request: Any) -> bool:
    """Whether the message was delivered before, to a worker that did not come back."""
    return bool((request.delivery_info or {}).get("redelivered")) or headers.deaths(vars(request)) > 0


def shelve(letter: Mapping[str, str], *, shelf: str) -> None:
    """Put a note about a dead letter, its ids, on a shelf for the broker's tools, on commit, if the broker answers."""

    def send() -> None:
        breaker.send(partial(_shelve, letter, shelf), what=f"{shelf} {letter['letter']}")

    transaction.on_commit(send, robust=True)


def _shelve(letter: Mapping[str, str], shelf: str) -> None:
    with current_app.producer_or_acquire() as producer:
        parking.publish(producer, letter, shelf=shelf, is_collected=False, headers_={headers.LETTER: letter["letter"]})


def again(body: str, properties: Mapping[str, Any], *, queue: str) -> None:
    """Send a message as it was to a queue. Raises the broker's errors: nothing but this message tells of it."""
    with current_app.producer_or_acquire() as producer:
        producer.publish(
            body, exchange="", routing_key=queue, retry=True, retry_policy=dict(parking.ONCE_MORE), **properties
        )
