"""Make events of what the triggers of watched tables have written down (`services.tables`)."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

import structlog
from django.db import connection, transaction

from core import json_values, tenancy
from triggers.engine import changes
from triggers.engine.changes import Change
from triggers.engine.incoming import IncomingEvent
from triggers.models import TableChange
from triggers.services import causes, telling

log = structlog.get_logger(__name__)

MAX_ROWS = 200  # of a batch
MAX_SECONDS = 5.0  # of one sweep
_ONE_AT_A_TIME = 7_308_895_159_001  # the key of an advisory lock: any number that nobody else uses


def convert() -> int:
    """Turn the changes that are written down into events, oldest first; returns how many there were.

    Concurrency: one sweep at a time, so that nothing overtakes; another finds the lock taken and does nothing. A batch
    becomes events, and its rows go, in one transaction: all of it or nothing. Changes of one row come in their order,
    since who writes a row keeps others from it until the commit.
    """
    count, ends = 0, time.monotonic() + MAX_SECONDS
    while time.monotonic() < ends:
        done = _batch()
        count += done
        if done < MAX_ROWS:
            break
    if count:
        log.info("changes of tables told", rows=count)
    return count


@transaction.atomic
def _batch() -> int:
    if not _is_alone():
        return 0
    with tenancy.unscoped("the sweep serves all workspaces; each row names its own"):
        rows = list(TableChange.objects.order_by("id")[:MAX_ROWS])
        if not rows:
            return 0
        telling.store(_with_causes([(row, *event) for row in rows for event in _events(row)]))
        TableChange.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _with_causes(told: Sequence[tuple[TableChange, UUID, IncomingEvent]]) -> list[tuple[UUID, IncomingEvent]]:
    """Each event with its workspace and, where an action of that made the change, with its run."""
    filled = causes.of_changes([(workspace_id, event, row.cause) for row, workspace_id, event in told])
    return [(workspace_id, event) for (_, workspace_id, _), event in zip(told, filled, strict=True)]


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _events(row: TableChange) -> Iterator[tuple[UUID, IncomingEvent]]:
    old, new, key = (json_values.convert(each, unknown=json_values.as_text) for each in (row.old, row.new, row.key))
    changed = tuple(old) if row.operation == "UPDATE" else ()
    whole = {**new, **old} if row.operation == "UPDATE" else old
    for told in changes.events(Change(row.name, key=key, old=whole, new=new, changed=changed)):
        id_ = f"change:{row.pk}" + (f":{told.field}" if told.field else "")
        yield row.workspace_id, telling.incoming(told, source=row.source, key=key, id_=id_, at=row.at)
