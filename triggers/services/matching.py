"""Let the triggers of a workspace, and those who wait, decide on events, once, and hand over what fired."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from core import backlogs, tenancy
from core.expressions.scope import Scope
from core.models import Workspace
from triggers import ports
from triggers.engine.matcher import Listener, Matched, Matcher, leaves
from triggers.models import Decision, Event, Firing, Trigger
from triggers.ports import Admission, Verdict
from triggers.services import detecting, dispatching, failures, snapshots, subscriptions, waits
from triggers.services.detecting import Asked
from triggers.services.dispatching import LINE
from triggers.services.tallies import Additions

log = structlog.get_logger(__name__)

Json = dict[str, Any]


def match_many(event_ids: Sequence[UUID], *, is_counted: bool = False) -> None:
    """Decide on events and store their firings, in one transaction. Does nothing for those that were decided before.

    One that cannot be decided on keeps no other from it: then each is decided on alone, and the last error is raised.
    How often one failed is counted (`failures.failed`), unless it `is_counted`, and too often is the end of it.

    Concurrency: a doubled message finds the events locked, or decided, and leaves them. Who begins to wait meanwhile is
    not seen here, but sees the event itself (`waits.look_back`), which was stored before.
    """
    try:
        alone = _match(event_ids)
    except Exception as error:
        if len(event_ids) == 1:
            if failures.failed(event_ids[0], error, is_counted=is_counted):
                return
            raise
        log.exception("events cannot be matched together")
        alone = list(event_ids)
    failure: Exception | None = None
    for event_id in alone:
        failure = match_alone(event_id, is_counted=is_counted) or failure
    if failure is not None:
        raise failure


def match_alone(event_id: UUID, *, is_counted: bool = False) -> Exception | None:
    """Decide on one event; returns what went wrong, counted unless it `is_counted`; None if it is dead by it."""
    try:
        _match([event_id], with_waits=True)
    except Exception as error:
        log.exception("event cannot be matched", event_id=str(event_id))
        return None if failures.failed(event_id, error, is_counted=is_counted) else error
    return None


def match(event_id: UUID) -> None:
    """Decide on one event."""
    match_many([event_id])


def _match(event_ids: Sequence[UUID], *, with_waits: bool = False) -> list[UUID]:
    """Decide on the events; returns those that somebody waits for, which are left, but for `with_waits`.

    The rows of those who wait are locked in the order of one event; of several, two transactions could wait for each
    other.
    """
    with transaction.atomic():
        events = _locked(event_ids)
        alone = [] if with_waits or len(event_ids) == 1 else [row for row in events if row.is_waited_for]
        left = {row.pk for row in alone}
        for _, rows in groupby((row for row in events if row.pk not in left), key=lambda row: row.workspace_id):
            own = list(rows)
            with tenancy.scope(own[0].workspace_id):
                _decide(own)
    return [row.pk for row in alone]


def _locked(event_ids: Sequence[UUID]) -> list[Any]:
    """The events that nobody has decided on, or is deciding on, with their workspaces and what listens there.

    By workspace; a message may hold those of many.
    """
    with tenancy.unscoped("the message names events, and the events their workspaces"):
        rows = (
            Event.objects.select_related("workspace")
            .annotate(is_waited_for=waits.any_for(), catalogue_generation=_generation())
            .filter(pk__in=event_ids, matched_at=None, dead_at=None)
            .order_by("workspace_id", "pk")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
        )
        return list(rows)


def _generation() -> RawSQL:
    """For a query of events: the generation of what listens in the workspace. Written out for its cost: `any_for`."""
    return RawSQL(_GENERATION, (), output_field=BigIntegerField())  # noqa: S611  nothing in it comes from outside


_GENERATION = """COALESCE(
    (SELECT generation FROM triggers_catalogue AS own WHERE own.workspace_id = triggers_event.workspace_id), 0)"""


@dataclass(slots=True)
class _Decided:
    """An event, what listens to it, and what becomes of that: those whose predicates hold fire, or are in `others`.

    `told` says of those that count why they would fire.
    """

    event: Event
    matched: Matched
    scope: Scope
    near: list[list[str]]
    fired: list[Listener] = field(default_factory=list)
    tickets: list[object] = field(default_factory=list)
    others: list[tuple[Listener, Admission]] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.others += [(each, Admission(Verdict.FAILED, reason=why)) for each, why in self.matched.failed]

    def settle(self, listener: Listener, admission: Admission) -> None:
        """Write down what becomes of one whose predicates hold."""
        if admission.verdict is Verdict.FIRED:
            self.fired.append(listener)
            self.tickets.append(admission.ticket)
        else:
            self.others.append((listener, admission))

    def of(self, verdict: Verdict) -> list[Listener]:
        """Those that did not fire, by what became of them."""
        return [listener for listener, admission in self.others if admission.verdict is verdict]

    def summary(self) -> Json:
        """**Shape**: {"candidates", "fired", "suppressed", "failed", "pending": counts, "near": [[subscription,
        leaves], ...], "told"?: {subscription: sentence}}."""
        return {
            "candidates": self.matched.candidates,
            "fired": len(self.fired),
            "suppressed": len(self.of(Verdict.SUPPRESSED)),
            "failed": len(self.of(Verdict.FAILED)),
            "pending": len(self.of(Verdict.PENDING)),
            "near": self.near,
            **({"told": self.told} if self.told else {}),
        }


def _decide(events: Sequence[Any]) -> None:
    """Decide on events of the workspace in scope.

    Locks: those who wait for the events and their runs before what the gate counts, as actions that start runs do.
    """
    now = timezone.now()
    workspace: Workspace = events[0].workspace
    matcher = subscriptions.matcher(workspace.pk, generation=max(row.catalogue_generation for row in events))
    state = snapshots.state_of(workspace)
    snapshot_id = snapshots.keep(state, workspace_id=workspace.pk)
    decided = [_decide_one(row, matcher, state, now=now) for row in events]
    for row in events:
        waiters = waits.met_by(row) if row.is_waited_for else []
        ports.arrived(waiters, row)
    _count(decided)
    _admit(decided, now=now)
    _store_decisions(decided, generation=matcher.generation, snapshot_id=snapshot_id, now=now)
    ports.hand_over(_fire(decided, now=now), [ticket for each in decided for ticket in each.tickets])
    for each in decided:
        log.info("event matched", event_id=str(each.event.pk), type=each.event.type, fired=len(each.fired))


def _decide_one(event: Event, matcher: Matcher, state: Json, *, now: datetime) -> _Decided:
    scope = snapshots.scope_of(event, state, now=now)
    matched = matcher.match(event.type, scope, addressee=event.addressee, is_public=event.is_public)
    near = [[str(each.subscription_id), told] for each, told in leaves(matched.near, scope)]
    return _Decided(event, matched, scope, near)


def _count(decided: Sequence[_Decided]) -> None:
    """Let triggers that count see what they are met by; those that do not fire for it are held back."""
    wanted = [(each, listener) for each in decided for listener in each.matched.met if listener.detector is not None]
    if not wanted:
        return
    held = detecting.ask([Asked(listener, each.event, each.scope) for each, listener in wanted])
    for (each, listener), admission in zip(wanted, held, strict=True):
        if admission is not None and admission.verdict is Verdict.FIRED:
            each.told[str(listener.subscription_id)] = admission.reason[:500]
        elif admission is not None:
            each.matched.met.remove(listener)
            each.settle(listener, admission)


def _admit(decided: Sequence[_Decided], *, now: datetime) -> None:
    """Ask the gate about all whose predicates hold, at once, so that it locks what it counts in one order."""
    wanted = [(each, listener) for each in decided for listener in each.matched.met]
    wishes = [
        ports.Wish(_trigger(listener, workspace_id=each.event.workspace_id), each.event, each.scope)
        for each, listener in wanted
    ]
    for (each, listener), admission in zip(wanted, ports.admit(wishes, now=now), strict=True):
        each.settle(listener, admission)


def _store_decisions(decided: Sequence[_Decided], *, generation: int, snapshot_id: UUID, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _DECIDE,
            {
                "now": now,
                "generation": generation,
                "snapshot": snapshot_id,
                "ids": [each.event.pk for each in decided],
                "decisions": [json.dumps(each.summary()) for each in decided],
            },
        )
        dispatching.refill_soon({workspace_id for workspace_id, is_behind in cursor.fetchall() if is_behind})
    additions = Additions(now)
    for each in decided:
        for trigger_id in _seen_by(each):
            additions.seen[each.event.type, generation, trigger_id] += 1
        for counter, listeners in (
            (additions.fired, each.fired),
            (additions.suppressed, each.of(Verdict.SUPPRESSED)),
            (additions.failed, each.of(Verdict.FAILED)),
            (additions.pending, each.of(Verdict.PENDING)),
        ):
            counter.update((each.event.type, generation, listener.trigger_id) for listener in listeners)
    additions.store()
    Decision.objects.bulk_create(row for each in decided for row in _exceptions(each, now=now))


def _seen_by(decided: _Decided) -> Iterable[UUID | None]:
    """Everybody (None) sees a public event; its addressee, if it would not see it otherwise."""
    if decided.event.is_public:
        yield None
    if decided.matched.is_addressed:
        yield decided.event.addressee


# One statement for all: the ORM writes a CASE with a branch for every row.
_DECIDE = f"""
UPDATE triggers_event AS event
SET matched_at = %(now)s, hinted_at = NULL, queue_priority = NULL, generation = %(generation)s,
    snapshot_id = %(snapshot)s, decision = own.decision::jsonb
FROM unnest(%(ids)s::uuid[], %(decisions)s::text[]) AS own(id, decision)
WHERE event.id = own.id RETURNING event.workspace_id, {backlogs.has_backlog(LINE, "event.workspace_id")}
"""  # noqa: S608  made of constants


def _exceptions(decided: _Decided, *, now: datetime) -> Iterable[Decision]:
    for listener, admission in decided.others:
        yield Decision(
            workspace_id=decided.event.workspace_id,
            event_id=decided.event.pk,
            trigger_id=listener.trigger_id,
            subscription_id=listener.subscription_id,
            verdict=admission.verdict,
            code=admission.code,
            reason=admission.reason[:500],
            until=admission.until,
            gathering=admission.gathering,
            decided_at=now,
        )


def _fire(decided: Sequence[_Decided], *, now: datetime) -> list[Firing]:
    return Firing.objects.bulk_create(
        Firing(
            workspace_id=each.event.workspace_id,
            trigger=_trigger(listener, workspace_id=each.event.workspace_id),
            event=each.event,
            dedupe_key=str(each.event.pk),
            fired_at=now,
        )
        for each in decided
        for listener in each.fired
    )


def _trigger(listener: Listener, *, workspace_id: UUID) -> Trigger:
    """The trigger as far as a run needs it: with the version whose predicates were met, whatever is active by now."""
    return Trigger(
        id=listener.trigger_id,
        workspace_id=workspace_id,
        workflow_id=listener.workflow_id,
        version_id=listener.version_id,
        key=listener.key,
    )
