"""Read events from a broker until told to stop: a batch is stored in one transaction, and acknowledged only then.

A crash, or a broker or a database that goes away, at any moment therefore loses nothing; what is delivered again is
known by its id. What is no event goes to the dead-letter queue, with the reason, and holds up nobody.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection, transaction

from core import tenancy
from core.models import Workspace
from triggers.bus import decoding
from triggers.bus.decoding import Message, Poison
from triggers.bus.mapping import Route
from triggers.bus.source import BusError, Source
from triggers.engine.incoming import IncomingEvent
from triggers.services import ingest

log = structlog.get_logger(__name__)

MAX_BACKOFF_SECONDS = 30.0
IDLE_SECONDS = 1.0  # of one look: so soon it is seen that we are to stop

Pairs = list[tuple[Message, IncomingEvent]]


@dataclass(slots=True)
class Counts:
    """What became of the messages."""

    accepted: int = 0
    duplicates: int = 0
    poison: int = 0


def consume(
    connect: Callable[[], Source],
    routes: Sequence[Route],
    *,
    max_messages: int,
    is_stopping: Callable[[], bool],
    sleep: Callable[[float], None] = time.sleep,
) -> Counts:
    """Read from the source that `connect` opens until `is_stopping()`, and open it anew when it fails.

    Raises `InvalidError` for what no further try mends: options that the source refuses.
    """
    counts, by_queue, failures = Counts(), {route.queue: route for route in routes}, 0
    while not is_stopping():
        source: Source | None = None
        try:
            source = connect()
            while not is_stopping():
                _batch(source, by_queue, counts, max_messages=max_messages)
                failures = 0
        except (BusError, OperationalError, InterfaceError) as error:
            failures += 1
            wait_seconds = min(MAX_BACKOFF_SECONDS, 0.5 * 2**failures)
            log.warning("bus interrupted", error=str(error).partition("\n")[0], again_in_seconds=wait_seconds)
            _wait(wait_seconds, is_stopping, sleep)
        finally:
            if source is not None:
                source.close()
    return counts


def _batch(source: Source, routes: Mapping[str, Route], counts: Counts, *, max_messages: int) -> None:
    messages = source.read(max_messages=max_messages, wait_seconds=IDLE_SECONDS)
    if not messages:
        return
    if not connection.in_atomic_block:
        close_old_connections()
    events: Pairs = []
    for message in messages:
        found = decoding.decode(message, routes[message.queue], max_bytes=settings.SEQUITUR_MAX_EVENT_BYTES)
        if isinstance(found, Poison):
            _bury(source, message, found.reason, counts)
        else:
            events.append((message, found))
    _store(source, events, routes, counts)
    source.acknowledge(messages)
    log.info("bus batch", messages=len(messages), accepted=counts.accepted, poison=counts.poison)


def _store(source: Source, events: Pairs, routes: Mapping[str, Route], counts: Counts) -> None:
    """All in one transaction; where the database refuses one of them, each on its own, and that one is poison."""
    try:
        _accept(events, routes, counts)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        for pair in events:
            try:
                _accept([pair], routes, counts)
            except (OperationalError, InterfaceError):
                raise
            except DatabaseError as error:
                _bury(source, pair[0], f"The database refuses it: {str(error).splitlines()[0]}", counts)


def _accept(events: Pairs, routes: Mapping[str, Route], counts: Counts) -> None:
    slugs = sorted({routes[message.queue].workspace for message, _ in events})
    known: dict[str, Workspace] = {row.slug: row for row in Workspace.objects.filter(slug__in=slugs)}
    accepted = []
    with transaction.atomic():
        for slug in slugs:
            if slug not in known:  # made later, perhaps; nothing is lost meanwhile
                raise OperationalError(f"there is no workspace {slug!r}")
            mine = [event for message, event in events if routes[message.queue].workspace == slug]
            accepted += _in(known[slug].pk, mine, known[slug])
    counts.duplicates += accepted.count(True)
    counts.accepted += accepted.count(False)


def _in(workspace_id: UUID, events: Sequence[IncomingEvent], workspace: Workspace) -> list[bool]:
    with tenancy.scope(workspace_id):
        return [each.duplicate for each in ingest.accept_many(events, workspace=workspace)]


def _bury(source: Source, message: Message, reason: str, counts: Counts) -> None:
    source.bury(message, reason=reason)
    counts.poison += 1
    log.warning("poison message", queue=message.queue, message_id=message.id, reason=reason[:300])


def _wait(seconds: float, is_stopping: Callable[[], bool], sleep: Callable[[float], None]) -> None:
    with suppress(Exception):
        connection.close()  # of a database that went away
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not is_stopping():
        sleep(0.1)
