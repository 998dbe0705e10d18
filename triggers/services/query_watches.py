"""Keep the queries of triggers as their workflows, and the patterns that these name, say; and find those that are due.

Constraints: a query may take seconds, and a workspace may have many, so none is asked where the clock ticks: whoever
looks for due ones publishes messages, and a worker of `QUEUE` asks (`query_watching`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import publish, tenancy
from triggers.models import Pattern, QueryWatch, Trigger
from triggers.services import schedules
from triggers.services.patterns import Says
from triggers.types import pattern as pattern_type
from triggers.types import sql

Json = dict[str, Any]

TASK = "triggers.ask_watches"
QUEUE = "actions"  # whose work takes as long as somebody else does
BATCH = 500
CLAIMED_SECONDS = 60  # after which a message is taken for lost
_SAME = ("query", "key")  # while these are, what was met still means the same
_STARTED = ["params", "is_active", "next_run_at", "claimed_until", "updated_at"]
_FORGOTTEN = ["last_run_at", "rows", "met", "warnings", "error", "failures"]


def follow(triggers: Sequence[Trigger]) -> None:
    """Let the queries of a workflow be those of its triggers (`catalogue.FOLLOWERS`).

    1. New, or with another query or key than before: it is due at once, and every row is new to it.
    2. With the same, and active again, or asked in other intervals: it is due at once, and knows what it met.
    3. Paused or disabled: it is not asked, and keeps what it met.
    4. Of a trigger that is of another type by now: it is gone.

    Concurrency: what it met is written by whoever asks, so it is written here only where it is forgotten.
    """
    known = {row.trigger_id: row for row in QueryWatch.objects.filter(trigger__in=[row.pk for row in triggers])}
    asked = zip(triggers, queries(triggers), strict=True)
    wanted = {row.pk: params for row, params in asked if params is not None}
    if gone := known.keys() - wanted.keys():
        QueryWatch.objects.filter(trigger__in=gone).delete()  # 4
    active = {row.pk: row for row in triggers if row.is_active and row.pk in wanted}
    if stopped := [row.pk for key, row in known.items() if row.is_active and key in wanted and key not in active]:
        now = timezone.now()
        QueryWatch.objects.filter(pk__in=stopped).update(
            is_active=False, next_run_at=None, claimed_until=None, updated_at=now
        )  # 3
    if not active:
        return
    now = schedules.database_now()
    fresh, going_on = [], []
    for key, trigger in active.items():
        before, params = known.get(key), sql.Params.model_validate(wanted[key]).model_dump()
        if before is None or any(before.params.get(name) != params[name] for name in _SAME):
            row = QueryWatch(workspace_id=trigger.workspace_id, trigger=trigger)
            fresh.append(_started(row, params, now))  # 1
        elif not before.is_active or before.params != params:
            going_on.append(_started(before, params, now))  # 2
    _write(fresh, [*_STARTED, *_FORGOTTEN])
    _write(going_on, _STARTED)


def queries(triggers: Sequence[Says]) -> list[Mapping[str, Any] | None]:
    """The parameters of those of these triggers that ask, in their order: their own, or those of their pattern; None
    for the others."""
    names = {each.params["pattern"] for each in triggers if each.type == pattern_type.KEY}
    rows = Pattern.objects.filter(name__in=names, type=sql.KEY) if names else ()
    patterns: dict[str, Json] = {row.name: row.params for row in rows}
    return [each.params if each.type == sql.KEY else patterns.get(each.params.get("pattern", "")) for each in triggers]


def _started(row: QueryWatch, params: Mapping[str, Any], now: datetime) -> QueryWatch:
    row.params, row.is_active, row.next_run_at, row.claimed_until = dict(params), True, now, None
    return row


def _write(rows: Sequence[QueryWatch], columns: Sequence[str]) -> None:
    QueryWatch.objects.bulk_create(rows, update_conflicts=True, unique_fields=["trigger"], update_fields=columns)


@transaction.atomic
def dispatch(*, now: datetime | None = None) -> int:
    """Publish a message for each workspace with queries that are due; returns how many queries that are.

    Concurrency: any number at once. One that has a message gets no other for `CLAIMED_SECONDS`.
    """
    with tenancy.unscoped("one sweep serves all workspaces"):
        moment = now or schedules.database_now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=moment)
        due = QueryWatch.objects.filter(free, is_active=True, next_run_at__lte=moment).order_by("next_run_at")
        rows = list(due.select_for_update(skip_locked=True, no_key=True).only("pk", "workspace_id")[:BATCH])
        until = moment + timedelta(seconds=CLAIMED_SECONDS)
        QueryWatch.objects.filter(pk__in=[row.pk for row in rows]).update(claimed_until=until)
    of_workspace: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        of_workspace[row.workspace_id].append(row.pk)
    for ids in of_workspace.values():
        publish.batch(TASK, ids, queue=QUEUE)
    return len(rows)


def release(watch_ids: Sequence[UUID]) -> None:
    """Say that a message about these was not worked off: the next sweep publishes another."""
    with tenancy.unscoped("a message names queries, and they their workspace"):
        QueryWatch.objects.filter(pk__in=watch_ids).update(claimed_until=None)
