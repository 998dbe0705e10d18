"""Decide what was left pending in a gathering: decisions, the events' summaries and the tallies move together.

To be called in the transaction and the scope of whoever decides, which also starts the run.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core import batches, tenancy
from triggers.models import Decision, Event, Firing
from triggers.ports import Admission, Verdict
from triggers.services.tallies import Additions

ROWS = 5000  # of one statement


@dataclass(frozen=True, slots=True)
class Held:
    """A pending decision, with what the tallies count its event by."""

    decision_id: UUID
    event_id: UUID
    trigger_id: UUID
    event_type: str
    generation: int


def locked(gathering: UUID) -> list[Held]:
    """What is pending in a gathering, in the order in which it came.

    Concurrency: locks the events until the transaction ends, in the order of their ids, as matching does, and before
    what the gate counts. Decisions that are added meanwhile are not among them.
    """
    pending = Decision.objects.filter(gathering=gathering, verdict=Verdict.PENDING)
    rows = Event.objects.filter(pk__in=pending.values("event")).order_by("pk").select_for_update(no_key=True)
    events = {pk: (type_, generation or 0) for pk, type_, generation in rows.values_list("pk", "type", "generation")}
    held = pending.order_by("pk").values_list("pk", "event_id", "trigger_id")
    return [Held(pk, event, trigger, *events[event]) for pk, event, trigger in held if event in events]


def fire(held: Sequence[Held], *, gathering: UUID, now: datetime) -> list[Firing]:
    """Let the triggers fire on their events; returns the firings, in the same order. Somebody else starts the run."""
    for some in batches.of(held, ROWS):
        Decision.objects.filter(pk__in=[each.decision_id for each in some]).delete()
    firings = Firing.objects.bulk_create(
        [
            Firing(
                workspace_id=tenancy.current_workspace_id(),
                trigger_id=each.trigger_id,
                event_id=each.event_id,
                dedupe_key=str(each.event_id),
                fired_at=now,
                gathering=gathering,
            )
            for each in held
        ]
    )
    _move(held, Verdict.FIRED, now=now)
    return firings


def hold_back(held: Sequence[Held], because: Admission) -> None:
    """Let the decisions be what `because` says: suppressed or failed. They keep the gathering that they waited in."""
    for some in batches.of(held, ROWS):
        Decision.objects.filter(pk__in=[each.decision_id for each in some]).update(
            verdict=because.verdict, code=because.code, reason=because.reason[:500], until=because.until
        )
    _move(held, because.verdict, now=timezone.now())


def _move(held: Sequence[Held], to: Verdict, *, now: datetime) -> None:
    """Take them off what is pending, in the summaries of their events and in the tallies, and add them there."""
    if not held:
        return
    of_events = Counter(each.event_id for each in held)
    with connection.cursor() as cursor:
        numbers = list(of_events.values())
        cursor.execute(_MOVE, {"to": to.value, "ids": list(of_events), "numbers": numbers})
    additions = Additions(now)
    for key, number in Counter(_keys(held)).items():
        additions.pending[key] -= number
        getattr(additions, to.value)[key] += number
    additions.store()


# `||` replaces both counts, and adds the one that an event of an older release does not have.
_MOVE = """
UPDATE triggers_event AS event
SET decision = event.decision || jsonb_build_object(
    'pending', coalesce((event.decision ->> 'pending')::int, 0) - own.number,
    %(to)s::text, coalesce((event.decision ->> %(to)s::text)::int, 0) + own.number)
FROM unnest(%(ids)s::uuid[], %(numbers)s::int[]) AS own(id, number)
WHERE event.id = own.id
"""


def _keys(held: Iterable[Held]) -> Iterable[tuple[str, int, UUID | None]]:
    return ((each.event_type, each.generation, each.trigger_id) for each in held)
