"""Bring what an action waits for: an event, a decision, the end of another run. Its next turn reads it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from core import tenancy
from triggers.context import event_names
from triggers.models import Event
from triggers.services import waits
from workflows.services import dispatching, hinting

Json = dict[str, Any]

# No lock on the run: whoever cancels the action at this moment, or brings something else, meets the same condition.
_ARRIVE = """
UPDATE workflows_actionrun
SET status = 'queued', progress = coalesce(progress, '{}') || %s, due_at = NULL,
    hinted_at = CASE WHEN id = ANY(%s) THEN %s END,
    queue_priority = CASE WHEN id <> ALL(%s) THEN (SELECT priority FROM workflows_run WHERE id = run_id) END
WHERE id = ANY(%s) AND workspace_id = %s AND status = 'waiting'
RETURNING id
"""


def arrive(action_run_ids: Collection[UUID], what: Json) -> list[UUID]:
    """Let waiting actions take their next turn with `what` in their progress; returns those that did wait."""
    ids = list(action_run_ids)
    first = ids[: dispatching.fitting(len(ids))]
    with connection.cursor() as cursor:
        values: Any = [Jsonb(what), first, timezone.now(), first, ids, tenancy.current_workspace_id()]
        cursor.execute(_ARRIVE, values)
        found = [row[0] for row in cursor.fetchall()]
    hinting.hint_ids(found)
    if len(first) < len(ids):
        dispatching.refill_soon()
    return found


def event_arrived(waiters: Collection[UUID], event: Event) -> None:
    """Receives events that somebody waits for (see `triggers.ports`), inside the transaction that matches them."""
    waits.keep(waiters, event)  # first, and its locks with it: for those who are in the middle of a turn
    arrive(waiters, {"event": event_names(event)})
