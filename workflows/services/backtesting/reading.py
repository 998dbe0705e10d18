"""Read the events of a period in the order in which they came, in chunks, by the index of their ids."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from core.models import Workspace
from triggers.models import Event
from triggers.selectors import counts

CHUNK = 500
_FIELDS = (
    "id", "workspace_id", "event_id", "type", "source", "subject", "time", "data", "request", "extensions", "addressee",
    "is_public", "received_at", "matched_at", "generation", "snapshot_id", "dead_at", "tries",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Which events: those that came from `since` on and before `until`, the first `limit` of them."""

    since: datetime
    until: datetime
    limit: int


@contextmanager
def nothing_written() -> Iterator[None]:
    """A transaction in which PostgreSQL refuses to write; one around it may go on to."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def chunks(
    window: Window, wanted: Q, *, workspace: Workspace, seconds_left: Callable[[], float]
) -> Iterator[list[Event]]:
    """The events that are wanted, each with its workspace. Ends early, with `TimeoutError`, when no time is left.

    No chunk may keep the database for longer than is left: types that hardly ever come are looked for among all.
    """
    rows = Event.objects.filter(wanted, counts.written(window.since, window.until))
    rows = rows.filter(received_at__gte=window.since, received_at__lt=window.until).only(*_FIELDS).order_by("id")
    last: UUID | None = None
    seen = 0
    while seen < window.limit:
        after = rows if last is None else rows.filter(pk__gt=last)
        with _bounded(seconds_left()):
            chunk = list(after[: min(CHUNK, window.limit - seen)])
        if not chunk:
            return
        for row in chunk:
            row.workspace = workspace
        yield chunk
        seen, last = seen + len(chunk), chunk[-1].pk


def more(window: Window, wanted: Q, *, after: UUID) -> bool:
    """Whether there are events behind this one."""
    rows = Event.objects.filter(wanted, counts.written(window.since, window.until), pk__gt=after)
    return rows.filter(received_at__gte=window.since, received_at__lt=window.until).exists()


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Statements inside end after so many seconds, with `TimeoutError`."""
    if seconds <= 0:
        raise TimeoutError
    before = _timeout("SHOW statement_timeout")
    try:
        with transaction.atomic():
            _timeout(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
            yield
    except OperationalError as error:
        raise TimeoutError from error
    _timeout(f"SET LOCAL statement_timeout = '{before}'")


def _timeout(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0]) if statement.startswith("SHOW") else ""
