"""Let the triggers of a workspace, and those who wait, decide on events, once, and hand over what fired."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from triggers import ports
from triggers.engine.matcher import Listener, Matched, Matcher, leaves
from triggers.models import Decision, Event, Firing, Trigger
from triggers.services import snapshots, subscriptions, waits
from triggers.services.tallies import Additions

log = structlog.get_logger(__name__)

Json = dict[str, Any]


def match_many(event_ids: Sequence[UUID]) -> None:
    """Decide on events and store their firings, in one transaction. Does nothing for those that were decided before.

    One that cannot be decided on keeps no other from it: then each is decided on alone, and the last error is raised.

    Concurrency: a doubled message finds the events locked, or decided, and leaves them. Who begins to wait meanwhile is
    not seen here, but sees the event itself (`waits.look_back`), which was stored before.
    """
    try:
        alone = _match(event_ids)
    except Exception:
        if len(event_ids) == 1:
            raise
        log.exception("events cannot be matched together")
        alone = list(event_ids)
    failure: Exception | None = None
    for event_id in alone:
        try:
            _match([event_id], with_waits=True)
        except Exception as error:
            log.exception("event cannot be matched", event_id=str(event_id))
            failure = error
    if failure is not None:
        raise failure


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
            .filter(pk__in=event_ids, matched_at=None)
            .order_by("workspace_id", "pk")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
        )
        return list(rows)


def _generation() -> RawSQL:
    """For a query of events: the generation of what listens in the workspace. Written out for its cost: `any_for`."""
    return RawSQL(_GENERATION, (), output_field=BigIntegerField())  # noqa: S611  nothing in it comes from outside


_GENERATION = """COALESCE(
    (SELECT generation FROM triggers_catalogue AS own WHERE own.workspace_id = triggers_event.workspace_id), 0)"""


@dataclass(frozen=True, slots=True)
class _Decided:
    """An event, and what becomes of those who listen to it: fired, or held back for a reason."""

    event: Event
    matched: Matched
    fired: list[Listener]
    held_back: list[tuple[Listener, str]]
    near: list[list[str]]

    def summary(self) -> Json:
        """**Shape**: {"candidates", "fired", "suppressed", "failed": counts, "near": [[subscription, leaves], ...]}."""
        return {
            "candidates": self.matched.candidates,
            "fired": len(self.fired),
            "suppressed": len(self.held_back),
            "failed": len(self.matched.failed),
            "near": self.near,
        }


def _decide(events: Sequence[Any]) -> None:
    """Decide on events of the workspace in scope."""
    now = timezone.now()
    workspace: Workspace = events[0].workspace
    matcher = subscriptions.matcher(workspace.pk, generation=max(row.catalogue_generation for row in events))
    state = snapshots.state_of(workspace)
    snapshot_id = snapshots.keep(state, workspace_id=workspace.pk)
    decided = [_decide_one(row, matcher, state, now=now) for row in events]
    _store_decisions(decided, generation=matcher.generation, snapshot_id=snapshot_id, now=now)
    ports.hand_over(_fire(decided, now=now))
    for row in events:
        waiters = waits.met_by(row) if row.is_waited_for else []
        ports.arrived(waiters, row)
    for each in decided:
        log.info("event matched", event_id=str(each.event.pk), type=each.event.type, fired=len(each.fired))


def _decide_one(event: Event, matcher: Matcher, state: Json, *, now: datetime) -> _Decided:
    scope = snapshots.scope_of(event, state, now=now)
    matched = matcher.match(event.type, scope, addressee=event.addressee, is_public=event.is_public)
    near = [[str(each.subscription_id), told] for each, told in leaves(matched.near, scope)]
    if event.depth > settings.SEQUITUR_MAX_EVENT_DEPTH:
        return _Decided(event, matched, [], [(each, _loop(event)) for each in matched.met], near)
    return _Decided(event, matched, matched.met, [], near)


def _loop(event: Event) -> str:
    return (
        f"loop: {event.depth} runs led to this event, one after the other; "
        f"at most {settings.SEQUITUR_MAX_EVENT_DEPTH} may"
    )


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
    additions = Additions()
    for each in decided:
        for trigger_id in _seen_by(each):
            additions.seen[each.event.type, generation, trigger_id] += 1
        for counter, listeners in (
            (additions.fired, each.fired),
            (additions.suppressed, [listener for listener, _ in each.held_back]),
            (additions.failed, [listener for listener, _ in each.matched.failed]),
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
_DECIDE = """
UPDATE triggers_event AS event
SET matched_at = %(now)s, hinted_at = NULL, generation = %(generation)s, snapshot_id = %(snapshot)s,
    decision = own.decision::jsonb
FROM unnest(%(ids)s::uuid[], %(decisions)s::text[]) AS own(id, decision)
WHERE event.id = own.id
"""


def _exceptions(decided: _Decided, *, now: datetime) -> Iterable[Decision]:
    for verdict, found in (("suppressed", decided.held_back), ("failed", decided.matched.failed)):
        for listener, reason in found:
            yield Decision(
                workspace_id=decided.event.workspace_id,
                event_id=decided.event.pk,
                trigger_id=listener.trigger_id,
                subscription_id=listener.subscription_id,
                verdict=verdict,
                reason=reason[:500],
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
