"""The names of the broker's dead-letter queues, and what ends in which.

A dead message is in two queues. `INTAKE` is emptied by the collector (`services.collecting`), which makes rows of what
is in it. A shelf is for people and their tools: it keeps the newest `MAX_SHELVED`, and nobody of ours reads it. On
RabbitMQ a dead-letter exchange fills both; with Redis, whoever gives a message up puts it in both.
"""

from collections.abc import Iterable

from kombu import Exchange, Queue, binding

INTAKE = "dead-letters"
EVENTS_SHELF, WORKFLOWS_SHELF = "events-dlq", "workflows-dlq"
SHELVES = (EVENTS_SHELF, WORKFLOWS_SHELF)
MAX_SHELVED = 10_000  # messages; the oldest go first
EXCHANGE = Exchange("sequitur.dead-letters", type="direct", durable=True)


def shelf(queue: str) -> str:
    """The dead-letter queue for messages of a queue."""
    return EVENTS_SHELF if queue.startswith("events") else WORKFLOWS_SHELF


def task_queues(names: Iterable[str], *, is_rabbitmq: bool) -> list[Queue]:
    """The queues of tasks; RabbitMQ itself moves what is rejected, expired or delivered too often to the exchange."""
    if not is_rabbitmq:
        return [Queue(name) for name in names]
    return [
        Queue(
            name,
            queue_arguments={"x-dead-letter-exchange": EXCHANGE.name, "x-dead-letter-routing-key": shelf(name)},
        )
        for name in names
    ]


def of_broker() -> list[Queue]:
    """The dead-letter queues as RabbitMQ has to be told of them."""
    intake = Queue(INTAKE, bindings=[binding(EXCHANGE, routing_key=name) for name in SHELVES])
    limit = {"x-max-length": MAX_SHELVED}  # RabbitMQ drops the oldest of those that are too many
    return [intake, *(Queue(name, EXCHANGE, routing_key=name, queue_arguments=limit) for name in SHELVES)]
