"""Close gatherings: what waited together becomes one run, or is held back together, and everybody can read which.

Called for one by a message, when an event filled it, and by a tick for all that are due, by as many sweepers as there
are: what is closed is closed once, and one that cannot be closed stops no other.
"""

import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from core import tenancy
from triggers.models import Event, Firing, Trigger
from triggers.ports import Admission, Verdict
from triggers.services import settling
from triggers.services.settling import Held
from workflows.engine.states import WorkflowStatus
from workflows.models import Gathering, Run
from workflows.services import runs
from workflows.services.flow import batching, gate
from workflows.services.flow.controls.batch import Batch
from workflows.services.flow.starts import Place
from workflows.services.flow.states import Key

log = structlog.get_logger(__name__)

PAGE = 100
MAX_SECONDS = 5.0  # of one sweep: what is left is found by the next tick
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 300.0  # after a try that failed; doubled with each


class _MovedError(Exception):
    """An event came into it while it was about to be closed: it is looked at again."""


def sweep(*, now: datetime | None = None) -> int:
    """Close all gatherings that are due; returns how many were."""
    at, ends, closed = now or timezone.now(), time.monotonic() + MAX_SECONDS, 0
    page = _due(at)
    while page:
        closed += sum(_guarded(row.pk, now=at) for row in page)
        page = _due(at, after=page[-1]) if len(page) == PAGE and time.monotonic() < ends else []
    return closed


def _due(now: datetime, *, after: Gathering | None = None) -> list[Gathering]:
    """Those that are due, the longest first; `after` the last one that was looked at, whatever came of it."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        rows = Gathering.objects.filter(due_at__lte=now).order_by("due_at", "pk").only("due_at")
        if after is not None and after.due_at is not None:
            rows = rows.filter(due_at__gte=after.due_at).exclude(due_at=after.due_at, pk__lte=after.pk)
        return list(rows[:PAGE])


def _guarded(gathering_id: UUID, *, now: datetime) -> bool:
    """One that cannot be closed is tried again later and later, and keeps no other from it."""
    try:
        return close(gathering_id, now=now)
    except Exception as error:
        log.exception("gathering cannot be closed", gathering=str(gathering_id))
        with tenancy.unscoped("the sweep names a gathering of any workspace"):
            _postpone(gathering_id, because=f"{type(error).__name__}: {error}"[:500], now=now)
        return False


def _postpone(gathering_id: UUID, *, because: str, now: datetime) -> None:
    row = Gathering.objects.filter(pk=gathering_id, closed_at=None).first()
    if row is not None:
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(row.failures, 20), LONGEST_PAUSE_SECONDS)
        Gathering.objects.filter(pk=gathering_id, closed_at=None).update(
            is_open=False, failures=row.failures + 1, last_failure=because, due_at=now + timedelta(seconds=pause)
        )


def close(gathering_id: UUID, *, now: datetime | None = None) -> bool:
    """Close a gathering that is due; whether this call did.

    All in one transaction: the decisions, the run, and that it is closed. Does nothing to one that is closed, not due,
    or being closed by somebody else.
    """
    with tenancy.unscoped("the message names a gathering, and that its workspace"):
        found = Gathering.objects.filter(pk=gathering_id, closed_at=None).values_list("workspace_id", flat=True).first()
    if found is None:
        return False
    try:
        with tenancy.scope(found), transaction.atomic():
            return _close(gathering_id, now=now or timezone.now())
    except _MovedError:
        return False


def _close(gathering_id: UUID, *, now: datetime) -> bool:
    """Locks: that nobody else closes it, which nobody waits for; its events, in their order; what the gate counts, its
    own key with it, at once. From then on the gate adds nothing to it, so now it is as it was read, or has moved."""
    if not _is_ours(gathering_id):
        return False
    row = _row(gathering_id, now=now)
    if row is None:
        return False
    held = settling.locked(row.pk)
    listening = set(Trigger.objects.filter(pk__in={each.trigger_id for each in held}, is_active=True).values_list("pk"))
    live = [each for each in held if (each.trigger_id,) in listening] if _is_active(row) else []
    event = _event(row, live, now=now)
    own = Key(row.workflow_id, row.control, row.label)
    starts = [] if event is None else [gate.of_gathering(row, event, now=now)]
    admissions = gate.ask(starts, also=[own])
    again = _row(gathering_id, now=now)
    if again is None or (again.count, again.last_event, again.due_at) != (row.count, row.last_event, row.due_at):
        raise _MovedError
    run = None
    if event is not None:
        run = _decide(row, live, event, admissions[0], now=now)
    _send_home(row, held[:] if not live else [each for each in held if (each.trigger_id,) not in listening])
    row.is_open, row.due_at, row.closed_at, row.run = False, None, now, run
    row.save(update_fields=["is_open", "due_at", "closed_at", "run"])
    log.info("gathering closed", gathering=str(row.pk), control=row.control, events=len(held), run=run and str(run.pk))
    return True


def _is_ours(gathering_id: UUID) -> bool:
    """Whether nobody else closes it at this moment. SKIP LOCKED of the row would be locked before what the gate counts,
    and the gate locks in the other order; this lock is only tried, so nobody can wait for it in a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"gathering {gathering_id}"])
        return bool(cursor.fetchone()[0])


def _row(gathering_id: UUID, *, now: datetime) -> Gathering | None:
    rows = Gathering.objects.select_related("workflow", "trigger").defer("workflow__draft", "workflow__layout")
    return rows.filter(pk=gathering_id, closed_at=None, due_at__lte=now).first()


def _is_active(row: Gathering) -> bool:
    return row.workflow.status == WorkflowStatus.ACTIVE


def _event(row: Gathering, live: Sequence[Held], *, now: datetime) -> Event | None:
    """The event of the run: the last one, or one that holds all of a batch, not stored yet. None without any."""
    if not live:
        return None
    if row.control == Batch.name:
        return batching.of(live, key=row.label, now=now)
    return Event.objects.select_related("workspace").get(pk=_last(row, live).event_id)


def _last(row: Gathering, live: Sequence[Held]) -> Held:
    """The one that came last, of those that may still start something."""
    return next((each for each in reversed(live) if each.event_id == row.last_event), live[-1])


def _decide(row: Gathering, live: Sequence[Held], event: Event, admission: Admission, *, now: datetime) -> Run | None:
    """Start the run, or hold back what would have started it, and say so of every event."""
    last = _last(row, live)
    firing, others = (live, []) if row.control == Batch.name else ([last], [each for each in live if each != last])
    run = None
    if admission.verdict is Verdict.FIRED and isinstance(admission.ticket, Place):
        firings = settling.fire(firing, gathering=row.pk, now=now)
        if row.control == Batch.name:
            event.save(force_insert=True)
        run = _start(row, firings[-1], event, admission.ticket)
    else:
        settling.hold_back(firing, admission)
    outcome = f"which started the run {run.pk}" if run else f"which was {admission.verdict}: {admission.reason}"
    reason = f"debounced: {_shown(event)} came later, {outcome}"
    settling.hold_back(others, Admission(Verdict.SUPPRESSED, code="debounced", reason=reason))
    return run


def _start(row: Gathering, firing: Firing, event: Event, place: Place) -> Run:
    trigger = Trigger.objects.get(pk=firing.trigger_id)
    trigger.version_id = row.version_id
    return runs.start_gathered(firing, trigger, event, place=place)


def _shown(event: Event) -> str:
    """The event by the id of its sender, as far as that is not too long for a sentence, and by ours."""
    return f"the event {event.event_id[:100]} ({event.pk})"


def _send_home(row: Gathering, left: Collection[Held]) -> None:
    """Hold back what may start nothing any more: somebody stopped its workflow or its trigger while it waited."""
    if not _is_active(row):
        status = row.workflow.status
        because = Admission(Verdict.SUPPRESSED, code=status, reason=f"{status}: the workflow was {status} meanwhile")
    else:
        reason = "trigger_off: its trigger was switched off meanwhile, or is not in the version that is active now"
        because = Admission(Verdict.SUPPRESSED, code="trigger_off", reason=reason)
    settling.hold_back(list(left), because)
