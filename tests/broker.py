"""Look into the broker with a client of its own: which messages wait, exactly as they were sent."""

import base64
import json
import os
from dataclasses import dataclass
from typing import Any

import redis

from core import publish


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a Celery task; `then` are the tasks of the chain that follow it, in their order."""

    task: str
    args: list[Any]
    kwargs: dict[str, Any]
    then: tuple[tuple[str, list[Any]], ...] = ()


def connect() -> redis.Redis:
    """A client of the database that this process publishes to."""
    url = os.environ["CELERY_BROKER_URL"].replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    return redis.Redis.from_url(url)


def messages(client: redis.Redis, queue: str) -> list[Message]:
    """What waits in the queue, oldest first; before it what is in the express queue beside it."""
    raw: Any = [*client.lrange(queue, 0, -1), *client.lrange(publish.express(queue), 0, -1)]
    return [_message(json.loads(each)) for each in reversed(raw)]


def take(client: redis.Redis, queue: str) -> Message | None:
    """Take the oldest message out of the queue, as a worker would; those in the express queue beside it first."""
    raw: Any = client.rpop(publish.express(queue)) or client.rpop(queue)
    return None if raw is None else _message(json.loads(raw))


def _message(envelope: dict[str, Any]) -> Message:
    args, kwargs, embedded = json.loads(base64.b64decode(envelope["body"]))
    rest = reversed(embedded["chain"] or ())  # Celery keeps the next one last
    return Message(envelope["headers"]["task"], args, kwargs, tuple((each["task"], each["args"]) for each in rest))
