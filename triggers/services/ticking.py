"""Let schedules fire whose time has come: each time once, however many processes look at once, or late.

Constraints: ten thousand schedules may be due in the same minute, two clocks may tick at once, and a process may die
at any line. So due rows are claimed in batches with SKIP LOCKED, and what became of them (ticks, events, the next time)
is written in the transaction of the claim; a tick is unique by schedule and time, an event by the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from core.ids import new_id
from triggers import ports
from triggers.engine.schedules import catching_up
from triggers.engine.schedules.catching_up import Due, Missed
from triggers.models import Event, Schedule, Tick
from triggers.services import clockwork, ingest, schedules

log = structlog.get_logger(__name__)

BATCH = 500  # schedules of one transaction
MAX_FIRES = 2_000  # of one transaction, after which the rest of the batch is left for the next
EVENT_TYPE = "schedule.fired"
SOURCE = "schedule"


@dataclass
class _Outcome:
    """What a batch comes to: rows to insert, and the schedules as they are after it."""

    ticks: list[Tick] = field(default_factory=list)
    events: dict[UUID, Event] = field(default_factory=dict)  # by tick
    moved: list[Schedule] = field(default_factory=list)


def tick(*, now: datetime | None = None, budget_seconds: float = clockwork.BUDGET_SECONDS) -> int:
    """Fire what is due at `now`, by default the database's clock; returns how many events were sent.

    Concurrency: any number at once; a schedule that another one holds is left to it.
    """
    fired = clockwork.until_done(partial(_fire_batch, now), budget_seconds=budget_seconds)
    if fired:
        log.info("schedules fired", events=fired)
    return fired


@transaction.atomic
def _fire_batch(now: datetime | None) -> tuple[int, int]:
    """How many schedules were settled, and how many events were sent."""
    rows, moment = _claim(now)
    if not rows:
        return 0, 0
    busy = _still_running(rows)
    outcome = _Outcome()
    for row in rows:
        _settle(row, outcome, is_busy=row.last_event in busy, now=moment)
        if len(outcome.events) >= MAX_FIRES:
            break
    sent = _store(outcome, now=moment)
    return len(outcome.moved), sent


def _claim(now: datetime | None) -> tuple[list[Schedule], datetime]:
    """Due schedules, locked, those that waited longest first, and the clock by which they are due."""
    moment = now or schedules.database_now()
    due = Schedule.objects.filter(is_active=True, next_fire_at__lte=moment).order_by("next_fire_at")
    return list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH]), moment


def _still_running(rows: Iterable[Schedule]) -> set[UUID]:
    """The events of the last times whose runs still go, or have not begun, of the schedules that ask for it."""
    asked = [row.last_event for row in rows if row.last_event and row.params.get("overlap") == "skip"]
    if not asked:
        return set()
    waiting = Event.objects.filter(pk__in=asked, matched_at=None, dead_at=None).values_list("pk", flat=True)
    return {*waiting, *ports.still_running(asked)}


def _settle(row: Schedule, outcome: _Outcome, *, is_busy: bool, now: datetime) -> None:
    """Decide on one schedule; one that cannot be decided stops with a tick that says so, and stops no other."""
    slot = row.next_slot
    if slot is None:
        raise ValueError("a schedule that is due has a slot")
    try:
        due = catching_up.settle(schedules.policy(row), slot=slot, now=now)
    except Exception as error:
        log.exception("schedule cannot be decided", schedule_id=str(row.pk))
        missed = Missed(slot, slot, 1, is_exact=True)
        due = Due((), missed, None, None)
        outcome.ticks.append(_missed(row, missed, reason=f"the schedule cannot be read: {error!r}"[:300], now=now))
    else:
        if due.missed:
            outcome.ticks.append(_missed(row, due.missed, reason=_why(row, due), now=now))
    for each in due.fires:
        if is_busy and row.params.get("overlap") == "skip" and row.last_slot:
            reason = f"the run of {_iso(row.last_slot)} is still going"
            outcome.ticks.append(_tick(row, each, "skipped", reason=reason, now=now))
        else:
            _fire(row, each, outcome, now=now)
            is_busy = True
    row.next_slot, row.next_fire_at = due.next_slot, due.next_fire_at
    outcome.moved.append(row)


def _fire(row: Schedule, slot: datetime, outcome: _Outcome, *, now: datetime) -> None:
    event = Event(
        id=new_id(),
        workspace_id=row.workspace_id,
        addressee=row.trigger_id,
        is_public=False,
        type=EVENT_TYPE,
        source=SOURCE,
        event_id=f"{row.pk}/{_iso(slot)}",
        time=slot,
        data={**row.params.get("data", {}), "scheduled_for": _iso(slot)},
        received_at=now,
        hinted_at=now,
    )
    tick = _tick(row, slot, "fired", now=now)
    tick.event = event.pk
    outcome.ticks.append(tick)
    outcome.events[tick.pk] = event
    row.last_slot, row.last_event = slot, event.pk


def _tick(row: Schedule, slot: datetime, status: str, *, now: datetime, reason: str = "") -> Tick:
    return Tick(
        workspace_id=row.workspace_id, schedule=row, scheduled_for=slot, status=status, reason=reason, created_at=now
    )


def _missed(row: Schedule, missed: Missed, *, reason: str, now: datetime) -> Tick:
    tick = _tick(row, missed.first, "missed", reason=reason, now=now)
    tick.slots, tick.is_exact = missed.slots, missed.is_exact
    tick.last_slot = missed.last if missed.last != missed.first else None
    return tick


def _why(row: Schedule, due: Due) -> str:
    catch_up = row.params.get("catch_up", "latest")
    limit = f" (the newest {row.params.get('max_catch_up', 100)})" if catch_up == "all" else ""
    number = f"{due.missed.slots} times" if due.missed and due.missed.slots > 1 else "it"
    exact = "" if due.missed is None or due.missed.is_exact else "more than "
    return f"nothing looked at {exact}{number} in time; catch_up is {catch_up}{limit}"


def _store(outcome: _Outcome, *, now: datetime) -> int:
    """Write the batch. A time that has a tick already, whoever wrote it, sends nothing."""
    stored = _insert(outcome.ticks, now=now)
    sent = ingest.store_own([event for tick_id, event in outcome.events.items() if tick_id in stored])
    _move(outcome.moved)
    return len(sent)


def _insert(ticks: Sequence[Tick], *, now: datetime) -> set[UUID]:
    """Store the ticks; returns the ids of those whose times had none."""
    columns: list[Any] = [[getattr(tick, name) for tick in ticks] for name in _TICK_COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, *columns])
        return {row[0] for row in cursor.fetchall()}


_TICK_COLUMNS = (
    "id", "workspace_id", "schedule_id", "scheduled_for", "status", "reason", "event", "last_slot", "slots", "is_exact"
)  # fmt: skip
_INSERT = """INSERT INTO triggers_tick (
    created_at, id, workspace_id, schedule_id, scheduled_for, status, reason, event, last_slot, slots, is_exact)
SELECT %s, new.* FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::uuid[], %s::timestamptz[],
    %s::int[], %s::bool[]) AS new
ON CONFLICT DO NOTHING RETURNING id"""


def _move(rows: Sequence[Schedule]) -> None:
    """Written out: `bulk_update` makes a CASE of each row, and takes twenty times as long for five hundred."""
    columns: list[Any] = [
        [row.pk for row in rows],
        [row.next_slot for row in rows],
        [row.next_fire_at for row in rows],
        [row.last_slot for row in rows],
        [row.last_event for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, columns)


_MOVE = """UPDATE triggers_schedule AS row SET next_slot = new.next_slot, next_fire_at = new.next_fire_at,
    last_slot = new.last_slot, last_event = new.last_event, updated_at = now()
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::uuid[])
    AS new (id, next_slot, next_fire_at, last_slot, last_event)
WHERE row.id = new.id"""


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
