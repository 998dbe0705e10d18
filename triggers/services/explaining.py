"""Say why a trigger fired on an event or did not, at any time later: what decided is kept, so it is decided again.

An event keeps the generation of the catalogue, the snapshot of the workspace and the instant with which it was decided;
subscriptions say what listened then, with which predicates.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import Q, QuerySet

from core.expressions import templates
from core.expressions.conditions import Evaluation, remedies
from core.expressions.conditions.remedies import Obstacle
from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from triggers import ports, resolving
from triggers.engine import alarms, patterns
from triggers.engine.matcher import MAX_SECONDS
from triggers.models import Decision, Event, Firing, Subscription, Trigger
from triggers.ports import Gathered
from triggers.services import snapshots, subscriptions

Json = dict[str, Any]
MAX_SAID = 200  # characters of a value in a sentence; all of it is in the explanation

FIRED, NOT_MATCHED, SUPPRESSED, FAILED = "fired", "not_matched", "suppressed", "failed"
NOT_LISTENING, PENDING = "not_listening", "pending"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of an event at one trigger, and why. `evaluation` is None where no predicates were asked.

    `code` is the stable word for why it was held back, `until` when that is over. `run_id` is the run that it started,
    by itself or together with others that waited with it.
    """

    trigger: Trigger
    version: int | None
    verdict: str
    reason: str
    evaluation: Evaluation | None = None
    changes: list[remedies.Change] | None = None
    code: str = ""
    until: datetime | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What was stored of the decisions of some events at some triggers, by both ids: of what fired, what it waited in
    with others, and the run that it started by itself."""

    fired: Mapping[tuple[UUID, UUID], tuple[UUID | None, UUID | None]]
    exceptions: Mapping[tuple[UUID, UUID], Decision]
    gathered: Mapping[UUID, Gathered]

    @classmethod
    def read(cls, events: Iterable[Event], triggers: Collection[UUID]) -> Self:
        """Three statements, for however many."""
        wanted = {"event__in": [event.pk for event in events], "trigger__in": triggers}
        firings = Firing.objects.filter(**wanted).values_list("event_id", "trigger_id", "gathering", "run")
        fired = {(event_id, trigger_id): (waited_in, run) for event_id, trigger_id, waited_in, run in firings}
        exceptions = {(row.event_id, row.trigger_id): row for row in Decision.objects.filter(**wanted)}
        waited_in = {*(each for each, _ in fired.values()), *(row.gathering for row in exceptions.values())}
        return cls(fired, exceptions, ports.gathered({each for each in waited_in if each is not None}))

    def waited(self, gathering: UUID | None) -> Gathered | None:
        return None if gathering is None else self.gathered.get(gathering)


def candidates(event: Event) -> QuerySet[Subscription]:
    """The subscriptions that listened to a decided event."""
    at = event.generation or 0
    in_force = Subscription.objects.filter(Q(until=None) | Q(until__gt=at), since__lte=at)
    wanted = Q(trigger=event.addressee) if event.addressee else Q(pk__in=[])
    if event.is_public:
        wanted |= Q(event_type__in=[event.type, *_wild_for(event.type)])
    return in_force.filter(wanted).select_related("trigger__workflow", "version").defer("version__definition")


def _wild_for(event_type: str) -> list[str]:
    wild = Subscription.objects.filter(event_type__contains="*").order_by().values_list("event_type", flat=True)
    return [pattern for pattern in wild.distinct() if patterns.matches(pattern, event_type)]


def accounts(rows: Iterable[Subscription], event: Event) -> list[Account]:
    """Why each of these subscriptions (of `candidates`) fired on the event or not; but for those that are about other
    types of events, of which one pattern is all that `candidates` sees."""
    asked, scope = [row for row in rows if not not_for(event, row, row.detector)], snapshots.scope_then(event)
    stored = _Stored.read([event], {row.trigger_id for row in asked})
    return [_account(row, event, scope, stored) for row in asked]


def _account(row: Subscription, event: Event, scope: Scope, stored: _Stored) -> Account:
    judged = of_alarm(event, row.trigger, version=row.version.number, detector=row.detector) or judge(
        row.trigger, version=row.version.number, filters=row.filters, conditions=row.conditions, scope=scope
    )
    if event.dead_at is not None:
        return replace(judged, verdict=FAILED, reason=f"dead: given up after {event.tries} tries; see its dead letter.")
    if event.matched_at is None:
        return replace(judged, verdict=PENDING, reason="The event waits to be decided on.")
    at = (event.pk, row.trigger_id)
    if at in stored.exceptions:
        return _excepted(judged, stored.exceptions[at], stored)
    if at in stored.fired:
        waited_in, run_id = stored.fired[at]
        judged, waited = _told(judged, event, row), stored.waited(waited_in)
        if waited is None:
            return replace(judged, verdict=FIRED, run_id=run_id)
        return replace(judged, verdict=FIRED, reason=f"{judged.reason} {waited.reason}".strip(), run_id=waited.run_id)
    return replace(judged, verdict=NOT_MATCHED) if judged.verdict == FAILED else judged  # it needed no more to decide


def _told(judged: Account, event: Event, row: Subscription) -> Account:
    """The account with why what counts fired, as it was said then."""
    told = (event.decision or {}).get("told", {}).get(str(row.pk))
    return replace(judged, reason=f"{judged.reason.rstrip('.')}: {told}.") if told else judged


def _excepted(judged: Account, exception: Decision, stored: _Stored) -> Account:
    """What was held back, or waits: then as things are by now, since what it waits in may have grown."""
    verdict, reason = exception.verdict, exception.reason
    told = replace(judged, verdict=verdict, reason=reason, code=exception.code, until=exception.until)
    waited = stored.waited(exception.gathering)
    if waited is None:
        return told
    if verdict == PENDING and waited.until is not None:
        return replace(told, reason=waited.reason, until=waited.until)
    return replace(told, run_id=waited.run_id)


def of_alarm(event: Event, trigger: Trigger, *, version: int | None, detector: Json | None) -> Account | None:
    """What a trigger that counts so does with an event that says that a clock ran out; None for any other event.

    No predicates are asked: those are for the events that are counted.
    """
    if not alarms.is_alarm(event.type, is_public=event.is_public):
        return None
    if alarms.timed(subscriptions.ready({}, None, detector)[2]) is None:
        return Account(trigger, version, NOT_MATCHED, "The trigger was changed: by now it waits for nothing.")
    said = event.data
    return Account(trigger, version, FIRED, f"No {said['missing']} came from {said['since']} until {said['due']}.")


def judge(trigger: Trigger, *, version: int | None, filters: Json, conditions: Json | None, scope: Scope) -> Account:
    """What a trigger with these predicates does. Nothing is stored."""
    root, flaw = subscriptions.compiled(filters, conditions)
    if root is None:
        return Account(trigger, version, FAILED, flaw)
    try:
        with templates.within(MAX_SECONDS):
            evaluation = root.evaluate(scope, explain=True)
            if evaluation.holds:
                return Account(trigger, version, FIRED, "Everything that it asks for holds.", evaluation)
            found = remedies.obstacles(root, evaluation)
            return Account(trigger, version, NOT_MATCHED, _why(found), evaluation, remedies.find(root, scope))
    except Exception as error:  # noqa: BLE001  a plugin's operator, as when it decided (`engine.matcher`)
        return Account(trigger, version, FAILED, f"{type(error).__name__}: {error}"[:500])


def of_workflow(workflow_id: UUID, events: Iterable[Event]) -> dict[UUID, list[Account]]:
    """What became of decided events at all triggers of a workflow, also at those that did not listen to them then."""
    decided = [event for event in events if event.matched_at is not None]
    triggers = Trigger.objects.filter(workflow_id=workflow_id, version__isnull=False).select_related("workflow")
    known = list(triggers.order_by("key")) if decided else []
    listeners = {trigger.pk: _Listeners.none() for trigger in known}
    for row in _around(known, decided):
        listeners[row.trigger_id].rows.append(row)
    for trigger_id, until, number, ended_by in _ended_before(known, decided):
        listeners[trigger_id].ended.append((until, number, ended_by))
    stored = _Stored.read(decided, [trigger.pk for trigger in known])
    return {event.pk: [_at(trigger, event, listeners[trigger.pk], stored) for trigger in known] for event in decided}


@dataclass(frozen=True, slots=True)
class _Listeners:
    """The subscriptions of a trigger, and of those that ended: until which generation, of which version, and why."""

    rows: list[Subscription]
    ended: list[tuple[int, int, str]]

    @classmethod
    def none(cls) -> Self:
        return cls([], [])


def _around(triggers: list[Trigger], events: list[Event]) -> Iterable[Subscription]:
    """The subscriptions in force when the first of these events was decided, or the last, or between."""
    if not triggers:
        return []
    generations = [event.generation or 0 for event in events]
    later = Q(until=None) | Q(until__gt=min(generations))
    rows = Subscription.objects.filter(later, since__lte=max(generations), trigger__in=triggers)
    return rows.select_related("trigger__workflow", "version").defer("version__definition").order_by("pk")


def _ended_before(triggers: list[Trigger], events: list[Event]) -> Iterable[tuple[UUID, int, int, str]]:
    if not triggers:
        return []
    latest = max(event.generation or 0 for event in events)
    rows = Subscription.objects.filter(trigger__in=triggers, until__lte=latest).order_by("until")
    found = rows.values_list("trigger_id", "until", "version__number", "ended_by")
    return [(trigger_id, until or 0, number, ended_by) for trigger_id, until, number, ended_by in found]


def _at(trigger: Trigger, event: Event, listeners: _Listeners, stored: _Stored) -> Account:
    """What became of an event at one trigger; else why it did not listen: another type of event, paused, not there yet,
    or not any more."""
    at = event.generation or 0
    in_force = [row for row in listeners.rows if row.since <= at and (row.until is None or row.until > at)]
    for row in in_force:
        if not not_for(event, row, row.detector):
            return _account(row, event, snapshots.scope_then(event), stored)
    if in_force:
        first = in_force[0]
        return Account(trigger, first.version.number, NOT_LISTENING, not_for(event, first, first.detector))
    before = [(number, ended_by) for until, number, ended_by in listeners.ended if until <= at]
    if not before:
        return Account(trigger, None, NOT_LISTENING, "It was published after the event was decided on.")
    number, ended_by = before[-1]
    return Account(trigger, number, NOT_LISTENING, _ENDED[ended_by])


def not_for(event: Event, listener: Subscription | Trigger, detector: Mapping[str, Any] | None) -> str:
    """Why an event is not for who listens so, and counts so; empty when it is."""
    if event.addressee is not None and event.addressee in {getattr(listener, "trigger_id", None), listener.pk}:
        return ""
    if not listener.event_type:
        return f"It listens to its own events only; the event is {event.type}."
    types = resolving.types_of(listener.event_type, detector)
    if any(patterns.matches(each, event.type) for each in types):
        return "" if event.is_public else "The event was for another trigger alone."
    return f"It listens to {', '.join(types)}; the event is {event.type}."


_ENDED = {
    "paused": "The workflow was paused.",
    "archived": "The workflow was archived.",
    "disabled": "The trigger was switched off.",
    "pattern": "The pattern that it names was switched off.",
    "replaced": "The version that was active had no such trigger any more.",
}


def _why(found: list[Obstacle] | None) -> str:
    """A sentence about the first comparison that stood in the way."""
    if not found:
        return "Its JSONLogic rule does not hold."
    leaf, shown = found[0].evaluation, found[0].evaluation.shown()
    asked = f"`{leaf.field}` {leaf.operator} {_said(shown['expected'])}"
    if leaf.actual is MISSING:
        return f"{asked}: there is no `{leaf.field}`."
    if leaf.result is None:
        return f"{asked} could not be decided: {leaf.why}."
    return f"{asked} {'does not hold' if found[0].wanted else 'holds, and must not'}: it is {_said(shown['actual'])}."


def _said(value: Any) -> str:
    """A value in a sentence, as JSON is written; a long one is cut."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SAID else f"{text[:MAX_SAID]}…"


def to_json(account: Account) -> Mapping[str, Any]:
    """What its predicates say. **Shape**: {"explanation": tree or None, "would_fire_if": [change, ...] or None}."""
    return {
        "explanation": None if account.evaluation is None else account.evaluation.to_json(),
        "would_fire_if": None if account.changes is None else [each.to_json() for each in account.changes],
    }
