"""The worker's consumer: takes messages from the broker, and gives up those that no worker can take.

Celery acknowledges what it cannot decode, which is then nowhere, and ends with an error for some of what it does not
expect. Here every such message goes to the dead-letter queues first. Named in Celery's setting `worker_consumer`.
"""

from collections.abc import Callable
from typing import Any

import structlog
from celery.worker import consumer as celery_consumer
from django.conf import settings

from core import dead_queues
from core.worker import diagnosis, headers, parking, reading, requeueing
from core.worker.diagnosis import Cause

log = structlog.get_logger(__name__)


_Consumer: Any = celery_consumer.Consumer  # its stubs know nothing of what it is made of


class Consumer(_Consumer):  # type: ignore[misc]  # as above
    """Celery's, with an end for every message."""

    def connection_for_read(self, heartbeat: Any = None) -> Any:
        """A connection whose channels read anything."""
        connection = reading.tolerate(self.app.connection_for_read(heartbeat=heartbeat))
        return self.ensure_connected(connection)

    def connect(self) -> Any:
        """A connection to a broker that knows the dead-letter queues."""
        connection = super().connect()
        if parking.is_rabbitmq(connection):
            with connection.channel() as channel:
                for queue in dead_queues.of_broker():
                    queue(channel).declare()
        return connection

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], None]:
        """What is called with each message."""
        handle = super().create_task_handler(*args, **kwargs)
        broker_errors = (*self.connection_errors, *self.connection.channel_errors)

        def on_message(message: Any) -> None:
            cause = diagnosis.of(message, tasks=self.strategies)
            if cause is not None:
                self.give_up(message, cause)
            elif _came_back(message):
                self._count(message)
            else:
                try:
                    handle(message)
                except broker_errors:
                    raise
                except Exception as error:  # what no diagnosis foresees must not end the worker
                    log.exception("message cannot be handled")
                    self.give_up(message, Cause("malformed", f"{type(error).__name__}: {error}"[:500]))

        return on_message

    def give_up(self, message: Any, cause: Cause) -> None:
        """To the dead-letter queues, unless Celery has dealt with the message already."""
        if not message.acknowledged:
            parking.park(self.app, message, cause, queue=self.queue_of(message))

    def queue_of(self, message: Any) -> str:
        """From which queue it came."""
        place = message.delivery_info or {}
        by_tag = {tag: name for name, tag in self.task_consumer._active_tags.items()}  # noqa: SLF001  of RabbitMQ
        name = by_tag.get(place.get("consumer_tag")) or place.get("routing_key")
        return str(name or "")[:255]

    def _count(self, message: Any) -> None:
        """A worker did not come back from it: send it again with that added, or give it up."""
        deaths = headers.deaths(message.headers) + 1
        if deaths >= settings.SEQUITUR_MAX_MESSAGE_DEATHS:
            self.give_up(message, requeueing.killed(deaths))
        else:
            requeueing.send(self.app, message, deaths=deaths)
            message.ack()

    def on_decode_error(self, message: Any, exc: BaseException) -> None:
        """Its body cannot be decoded, or decompressed."""
        self.give_up(message, diagnosis.undecodable(message, exc))

    def on_unknown_message(self, body: Any, message: Any) -> None:
        """It is none of Celery's."""
        self.give_up(message, Cause("malformed", "It is no message of Celery."))

    def on_unknown_task(self, body: Any, message: Any, exc: BaseException) -> None:
        """Nothing has the name."""
        self.give_up(message, Cause("unknown_task", f"There is no task {str(exc)[:200]} here."))

    def on_invalid_task(self, body: Any, message: Any, exc: BaseException) -> None:
        """What Celery itself needs of it is wrong."""
        self.give_up(message, Cause("malformed", f"{type(exc).__name__}: {exc}"[:500]))


def _came_back(message: Any) -> bool:
    return bool((message.delivery_info or {}).get("redelivered"))
