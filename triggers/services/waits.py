"""Those who wait for an event: who they are, and which of them an event is for."""

import json
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from core import ids, tenancy
from core.expressions import conditions, templates
from core.expressions.conditions import Condition, InvalidConditionError
from core.expressions.scope import Scope
from triggers.context import event_names
from triggers.engine import keys, patterns
from triggers.engine.matcher import MAX_SECONDS
from triggers.models import Event, Wait

log = structlog.get_logger(__name__)

Json = dict[str, Any]
MAX_EVENTS = 10_000  # that one look back reads
MAX_LOOK_BACK_SECONDS = 5.0
_PAGE = 100


def listen(*, waiter: UUID, event_type: str, condition: Json | None, since: datetime) -> None:
    """Let `waiter` wait for an event of a type (a pattern) that meets the condition and arrived at `since` or later.

    Called again, what it waits for is replaced. Then commit, and call `look_back`: an event that is being decided on at
    this moment does not see the new wait, but is stored already.
    """
    row = Wait(
        workspace_id=tenancy.current_workspace_id(),
        waiter=waiter,
        event_type=event_type,
        key=keys.of_condition(condition),
        condition=condition,
        since=since,
    )
    Wait.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["workspace", "waiter"],
        update_fields=["event_type", "key", "condition", "since"],
    )


def forget(waiters: Iterable[UUID]) -> None:
    """Let these wait no longer. Does nothing for those who do not. Locks their waits in the order of `keep`."""
    named = list(waiters)
    if not named:
        return
    with transaction.atomic(savepoint=False):
        found = Wait.objects.select_for_update().filter(waiter__in=named).order_by("waiter")
        Wait.objects.filter(pk__in=[row.pk for row in found]).delete()


def keep(waiters: Iterable[UUID], event: Event) -> None:
    """Keep the event for those whose first one it is. Locks their waits until the end of the transaction."""
    first = Wait.objects.select_for_update().filter(waiter__in=list(waiters), event=None).order_by("waiter")
    Wait.objects.filter(pk__in=[row.pk for row in first]).update(event=event)


def arrived(waiter: UUID) -> Event | None:
    """The event that was kept for `waiter`, if one was. Locks the wait: another one arrives after this transaction.

    Concurrency: to be called before the waiter's own rows are locked, since that is the order in which events arrive.
    """
    wait = Wait.objects.select_for_update().filter(waiter=waiter).first()
    return Event.objects.get(pk=wait.event_id) if wait and wait.event_id else None


def any_for() -> RawSQL:
    """For a query of events: whether anybody in the workspace of the event waits for its type or for a pattern.

    Written out, since it is part of matching every event: put together by the ORM it costs as much as another query.
    The order makes PostgreSQL look into the index of types; without it, seeing that many wait for some types, it would
    read all waits to find none for this one.
    """
    return RawSQL(_ANY_FOR, (), output_field=BooleanField())  # noqa: S611  nothing in it comes from outside


_ANY_FOR = """COALESCE(
    (SELECT TRUE FROM triggers_wait AS own WHERE own.workspace_id = triggers_event.workspace_id
     AND own.event_type = triggers_event.type ORDER BY own.key LIMIT 1),
    (SELECT TRUE FROM triggers_wait AS wild WHERE wild.workspace_id = triggers_event.workspace_id
     AND wild.event_type LIKE '%%*%%' LIMIT 1),
    FALSE)"""


def met_by(event: Event) -> list[UUID]:
    """The ids of those who wait for this event, in their order."""
    rows = Wait.objects.filter(Q(event_type=event.type) | Q(event_type__contains="*"), since__lte=event.received_at)
    known = keys.of_data(event.data)
    if known is not None:
        rows = rows.filter(key__in=[keys.NONE, *known])
    scope = _scope(event)
    return [row.waiter for row in rows.order_by("waiter") if _is_for(row, event, scope)]


def look_back(waiter: UUID) -> Event | None:
    """The oldest event that is stored already and that `waiter` waits for; None when there is none, or no such wait.

    Reads the newest `MAX_EVENTS` of the type since the wait's `since`, for at most `MAX_LOOK_BACK_SECONDS`: what
    arrived while the wait was being stored is among the newest.
    """
    wait = Wait.objects.filter(waiter=waiter).first()
    if wait is None:
        return None
    events = Event.objects.filter(pk__gte=ids.first_at(wait.since), received_at__gte=wait.since)
    if not patterns.is_wild(wait.event_type):
        events = events.filter(type=wait.event_type)
    deadline = time.monotonic() + MAX_LOOK_BACK_SECONDS
    oldest: Event | None = None
    for event in _newest_first(events):
        if _is_for(wait, event, _scope(event)):
            oldest = event
        if time.monotonic() > deadline:
            log.warning("look back ended early", waiter=str(waiter), since=wait.since.isoformat())
            break
    return oldest


def _newest_first(events: QuerySet[Event]) -> Iterator[Event]:
    """At most `MAX_EVENTS`, page by page: all of them at once might not fit into the memory."""
    rows, left = events.order_by("-pk"), MAX_EVENTS
    while left > 0:
        page = list(rows[: min(_PAGE, left)])
        yield from page
        if len(page) < _PAGE:
            return
        rows, left = rows.filter(pk__lt=page[-1].pk), left - len(page)


def _scope(event: Event) -> Scope:
    """The event and nothing else, so that the answer is the same whenever it is asked for."""
    data = event.data if isinstance(event.data, dict) else {}  # a CloudEvent's may be text or a list
    return Scope(names={"event": event_names(event)}, fallback=data)


def _is_for(wait: Wait, event: Event, scope: Scope) -> bool:
    """Whether it is the event. A wait that cannot be evaluated, or not in time, is not met, and stops no other."""
    if not patterns.matches(wait.event_type, event.type):
        return False
    if wait.condition is None:
        return True
    try:
        with templates.within(MAX_SECONDS):
            return _compiled(json.dumps(wait.condition, sort_keys=True)).evaluate(scope).holds
    except InvalidConditionError as error:  # stored before an operator was taken away
        log.warning("wait cannot be evaluated", waiter=str(wait.waiter), error=error.detail)
    except Exception:
        log.exception("wait cannot be evaluated", waiter=str(wait.waiter))
    return False


@lru_cache(maxsize=10_000)
def _compiled(text: str) -> Condition:
    return conditions.compile(json.loads(text))
