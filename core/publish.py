"""The only door to the broker. A message is a hint that a row waits: it carries ids, and may be lost or doubled.

Everything is sent after the transaction has committed. When the broker does not answer, the hint is dropped, with one
line in the log, and this process does not try again for some seconds: the sweepers find the rows.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from celery import Signature, chain, current_app, signature
from django.db import transaction
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from core import batches

log = structlog.get_logger(__name__)

QUIET_SECONDS = 5.0
MAX_BATCH = 100  # rows of one message: enough to share their statements, few enough for several workers
_BROKER_ERRORS = (KombuError, OSError, RedisError)  # redis-py's errors are neither


class _Breaker:
    """Keeps a dead broker from costing each request its connection time-out. One per process; races only cost a try."""

    def __init__(self) -> None:
        self.quiet_until = 0.0

    def send(self, publish: Callable[[], object], *, what: str) -> bool:
        if time.monotonic() < self.quiet_until:
            return False
        try:
            publish()
        except _BROKER_ERRORS as error:
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("broker unavailable, hint dropped", hint=what, error=repr(error), quiet_seconds=QUIET_SECONDS)
            return False
        return True


breaker = _Breaker()


def task(name: str, row_id: UUID, *, queue: str) -> None:
    """Hint, on commit, that the task `name` has work in the row `row_id`."""
    _on_commit([_signature(name, row_id, queue)])


def batch(name: str, row_ids: Sequence[UUID], *, queue: str) -> None:
    """Hint, on commit, that the task `name` has work in all these rows: a message for every `MAX_BATCH` of them."""
    for each in batches.of(row_ids, MAX_BATCH):
        _on_commit([signature(name, args=(list(map(str, each)),), immutable=True, queue=queue, app=current_app)])


def segment(name: str, row_ids: Sequence[UUID], *, queue: str, again: bool = False) -> None:
    """Hint, on commit, that the task `name` is to be done for each row, one after the other: a Celery chain."""
    if row_ids:
        first, *rest = row_ids
        _on_commit([_signature(name, first, queue, again=again), *(_signature(name, each, queue) for each in rest)])


def shortfall(queue: str, *, waiting: int) -> int:
    """How many of `waiting` rows have no message in the queue, as far as its length tells.

    The sweepers publish so many again: none while a long queue is worked off, all after the broker lost it. 0 when the
    broker does not answer, since nothing can be published then.
    """
    if not waiting:
        return 0
    try:
        with current_app.connection_for_read() as connection:
            length = _length(connection, queue)
    except _BROKER_ERRORS as error:
        log.warning("broker unavailable, nothing published again", queue=queue, error=repr(error))
        return 0
    return max(0, waiting - length)


def _length(connection: Connection, queue: str) -> int:
    try:
        channel: Any = connection.default_channel  # of the transport; kombu's stubs know the base only
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:  # Redis and RabbitMQ alike: an empty or unused queue is "not found"
        return 0


def _signature(name: str, row_id: UUID, queue: str, *, again: bool = False) -> Signature[None]:
    flags = {"again": True} if again else {}
    return signature(name, args=(str(row_id),), kwargs=flags, immutable=True, queue=queue, app=current_app)


def _on_commit(signatures: Sequence[Signature[None]]) -> None:
    def send() -> None:  # no partial: when it raises, Django logs its name, which a partial does not have
        _send(signatures)

    transaction.on_commit(send, robust=True)


def _send(signatures: Sequence[Signature[None]]) -> None:
    first = signatures[0]
    whole = first if len(signatures) == 1 else chain(*signatures)
    breaker.send(partial(whole.apply_async, ignore_result=True), what=str(first.task))


def chained_ids(request: Any) -> list[UUID]:
    """The rows that the rest of a task's chain is about, in the order in which the messages will come."""
    return [UUID(each["args"][0]) for each in reversed(request.chain or ())]


def keep_in_chain(request: Any, *, last: int) -> None:
    """Leave only the `last` so many messages of a task's chain, which Celery sends when the task has returned."""
    request.chain = (request.chain or [])[:last] or None


def is_redelivered(request: Any) -> bool:
    """Whether the broker delivered the message before, to a worker that did not come back."""
    return bool((request.delivery_info or {}).get("redelivered"))
