"""The id of the request that a message goes back to, so that the lines of workers have it too.

`X-Request-Id` travels in a header of the message: what is published in a request carries its id, what a worker
publishes while it works on such a message carries the same. What is found by a sweep, and what waited in a backlog for
others, goes back to no request that anybody knows: its lines have the ids of its event and run.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import signals

HEADER = "x-sequitur-request-id"
NAME = "request_id"  # in the lines of logs

_ACCEPTED = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


def is_accepted(text: object) -> bool:
    """Whether it is harmless as an id: whoever calls, and whoever writes to the broker, sends what they like."""
    return isinstance(text, str) and _ACCEPTED.fullmatch(text) is not None


def current() -> str:
    """The id of the request that is being worked for; "" for none."""
    found = structlog.contextvars.get_contextvars().get(NAME)
    return found if isinstance(found, str) else ""


@contextmanager
def of(request_id: str) -> Iterator[None]:
    """Work for the request with this id; "": for none."""
    with structlog.contextvars.bound_contextvars(**{NAME: request_id}):
        yield


def connect() -> None:
    """Listen to Celery's signals, in whatever process."""
    signals.before_task_publish.connect(stamp)
    signals.task_prerun.connect(begin)
    signals.task_postrun.connect(end)


def stamp(headers: dict[str, Any] | None = None, **_: object) -> None:
    """Put the id into the headers of a message that is about to be published."""
    if headers is not None and (request_id := current()):
        headers[HEADER] = request_id


def begin(task: Any = None, **_: object) -> None:
    """Name the request in all lines of a task, and in what it publishes, the rest of its chain included."""
    given = vars(task.request).get(HEADER) if task is not None else None
    if is_accepted(given):
        structlog.contextvars.bind_contextvars(**{NAME: given})
    else:
        structlog.contextvars.unbind_contextvars(NAME)


def end(**_: object) -> None:
    """Forget it: the next message in this process is of another request."""
    structlog.contextvars.unbind_contextvars(NAME)
