"""Let triggers fire for what did not come: each clock that ran out once, however many processes look at once, or late.

Constraints, and the design that follows:

1. A clock fires once. Due states are claimed in batches with SKIP LOCKED, and the state after it and the event that
   says so are written in the transaction of the claim; the event's id is made of the clock. Whoever decides at that
   moment on an event that answers it holds the lock of the state, or waits for it.
2. No false alarm because we are late. A clock is sure to have run out when every event of the workspace that was
   received before is decided; until then it is looked at again, for `MAX_LATE` at most. `GRACE` is for events that are
   being stored, with an instant that has passed.
3. Nothing fires that does not listen. The state's key says by which detector it was made: it has to be that of the
   trigger as it listens now, and to have listened all the time (`gaps`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import connection, transaction

from core.ids import new_id, uuid_or_none
from triggers import resolving
from triggers.engine import alarms
from triggers.engine.detectors.base import Overdue, Timed
from triggers.models import Event, Subscription, TriggerState
from triggers.services import clockwork, detecting, gaps, ingest, schedules
from triggers.services.detecting import GRACE, instant, microseconds

log = structlog.get_logger(__name__)

BATCH = 200  # states of one transaction
MAX_FIRES = 200  # of one transaction, after which the rest of the batch is left for the next: each may copy an event
AGAIN = timedelta(seconds=2)
MAX_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Noticed:
    """A clock that ran out, and whether all that came before was decided."""

    row: TriggerState
    detector: Timed
    overdue: Overdue
    is_certain: bool


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known when states are looked at: the clock, and since when events wait, by workspace."""

    now: datetime
    waiting: Mapping[UUID, datetime]
    listening: Mapping[UUID, tuple[UUID, Timed]]

    def certain_until(self, workspace_id: UUID) -> datetime:
        """Every event that was received until then is decided."""
        until = self.now - GRACE
        oldest = self.waiting.get(workspace_id)
        return until if oldest is None else min(until, oldest - timedelta(microseconds=1))


def notice(*, now: datetime | None = None, budget_seconds: float = clockwork.BUDGET_SECONDS) -> int:
    """Fire what is due at `now`, by default the database's clock; returns how many events were sent.

    Concurrency: any number at once; a state that another one holds is left to it.
    """
    fired = clockwork.until_done(partial(_notice_batch, now), budget_seconds=budget_seconds)
    if fired:
        log.info("absences noticed", events=fired)
    return fired


@transaction.atomic
def _notice_batch(now: datetime | None) -> tuple[int, int]:
    """How many states were looked at, and how many events were sent. A state has a hundred clocks that ran out at
    most, so there may be more events than `MAX_FIRES` by that many."""
    moment = now or schedules.database_now()
    due = TriggerState.objects.filter(due_at__lte=moment).order_by("due_at")
    rows = list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH])
    if not rows:
        return 0, 0
    look = _Look(moment, _waiting({row.workspace_id for row in rows}), _listening({row.trigger_id for row in rows}))
    looked_at, found = list[TriggerState](), list[_Noticed]()
    for row in rows:
        found += _settle(row, look)
        looked_at.append(row)
        if len(found) >= MAX_FIRES:
            break
    began = _began(found)
    events = [event_of(each.row, each.detector, each.overdue, began, now=moment) for each in found]
    for each, event in zip(found, events, strict=True):
        event.data["is_certain"] = each.is_certain
        if not each.is_certain:
            log.warning("an absence is not certain: older events wait to be decided on", event_id=str(event.pk))
    sent = ingest.store_own(events)
    detecting.save(looked_at)
    return len(looked_at), len(sent)


def _settle(row: TriggerState, look: _Look) -> list[_Noticed]:
    """What fires of a state, which is as it is after it. One that cannot be read stops, and stops no other."""
    try:
        return _overdue(row, look)
    except Exception:
        log.exception("a state cannot be looked at; its clock stops", state_id=str(row.pk))
        row.due_at = None
        return []


def _overdue(row: TriggerState, look: _Look) -> list[_Noticed]:
    subscription_id, detector = look.listening.get(row.trigger_id, (None, None))
    if subscription_id is None or detector is None or not row.key.startswith(detecting.digest_of(detector)):
        row.state, row.due_at = {}, None
        return []
    gap = gaps.before(subscription_id)
    step = detector.forget(row.state, until=0 if gap is None else microseconds(gap))
    state, next_due = step.state, step.due
    certain = look.certain_until(row.workspace_id)
    at = microseconds(max(certain, look.now - MAX_LATE))
    found = []
    while (overdue := detector.overdue(state, at=at)) is not None:
        state, next_due = overdue.state, overdue.next_due
        found.append(_Noticed(row, detector, overdue, overdue.due <= microseconds(certain)))
    row.state = state
    row.due_at = None if next_due is None else instant(next_due) + GRACE
    if row.due_at is not None and row.due_at <= look.now:
        row.due_at = look.now + AGAIN
    return found


def event_of(
    row: TriggerState,
    detector: Timed,
    overdue: Overdue,
    began: Mapping[str, Event],
    *,
    now: datetime,
) -> Event:
    """The event that says that a clock ran out, for the trigger alone. `began`: the events with which clocks began.

    It belongs to the chain of that event: a workflow that starts its own clock again is stopped by the loop guard.
    """
    first = began.get(overdue.uid)
    after = {"uid": overdue.uid}
    if first is not None:
        after |= {"id": first.event_id, "type": first.type, "time": _iso(first.time), "data": first.data}
    return Event(
        id=new_id(),
        workspace_id=row.workspace_id,
        addressee=row.trigger_id,
        is_public=False,
        type=alarms.NOTICED,
        source=alarms.SOURCE,
        event_id=detecting.alarm_id(row.trigger_id, row.key, overdue.since),
        time=instant(overdue.due),
        data={
            "key": row.label,
            "missing": detector.missing,
            "after": after,
            "within_seconds": detector.within_seconds,
            "since": _iso(instant(overdue.since)),
            "due": _iso(instant(overdue.due)),
            "is_certain": True,
        },
        root=first.root if first is not None else None,
        depth=first.depth if first is not None else 0,
        received_at=now,
        hinted_at=now,
    )


def _began(found: Sequence[_Noticed]) -> dict[str, Event]:
    """The events with which the clocks began, by their UUIDs; without those that are not kept any more."""
    wanted = [uid for each in found if (uid := uuid_or_none(each.overdue.uid)) is not None]
    rows = Event.objects.filter(pk__in=wanted).only("event_id", "type", "time", "data", "root", "depth")
    return {str(row.pk): row for row in rows}


def _listening(trigger_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, Timed]]:
    """Of the triggers that listen, and for which time passes: their subscription and their detector."""
    found = {}
    rows = Subscription.objects.filter(trigger_id__in=set(trigger_ids), until=None)
    for pk, trigger_id, written in rows.values_list("pk", "trigger_id", "detector"):
        try:
            detector = alarms.timed(resolving.detector_of(written))
        except Exception:
            log.exception("a trigger cannot be read", trigger_id=str(trigger_id))
            continue
        if detector is not None:
            found[trigger_id] = pk, detector
    return found


def _waiting(workspace_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When the oldest public event was received on which nobody has decided, by workspace; none where all are decided.

    Those of a backlog stand in the order in which they came, so the first is enough; the others have a message, and
    are as many as a window.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [list(workspace_ids)])
        return {workspace_id: oldest for workspace_id, oldest in cursor.fetchall() if oldest is not None}


_OLDEST = """
SELECT own.id, LEAST(
    (SELECT min(e.received_at) FROM triggers_event AS e
     WHERE e.workspace_id = own.id AND e.hinted_at IS NOT NULL AND e.is_public AND e.matched_at IS NULL
     AND e.dead_at IS NULL),
    (SELECT e.received_at FROM triggers_event AS e
     WHERE e.workspace_id = own.id AND e.queue_priority IS NOT NULL AND e.is_public AND e.matched_at IS NULL
     AND e.dead_at IS NULL
     ORDER BY e.queue_priority DESC, e.id LIMIT 1))
FROM unnest(%s::uuid[]) AS own(id)
"""


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
