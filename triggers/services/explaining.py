"""Say why a trigger fired on an event or did not, at any time later: what decided is kept, so it is decided again.

An event keeps the generation of the catalogue, the snapshot of the workspace and the instant with which it was decided;
subscriptions say what listened then, with which predicates.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from core.expressions import templates
from core.expressions.conditions import Evaluation, remedies
from core.expressions.conditions.remedies import Obstacle
from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from triggers import ports
from triggers.engine import patterns
from triggers.engine.matcher import MAX_SECONDS
from triggers.models import Decision, Event, Firing, Subscription, Trigger
from triggers.services import snapshots, subscriptions

Json = dict[str, Any]
MAX_SAID = 200  # characters of a value in a sentence; all of it is in the explanation

FIRED, NOT_MATCHED, SUPPRESSED, FAILED = "fired", "not_matched", "suppressed", "failed"
NOT_LISTENING, PENDING = "not_listening", "pending"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of an event at one trigger, and why. `evaluation` is None where no predicates were asked.

    `code` is the stable word for why it was held back, `until` when that is over. `run_id` is what the event became
    together with others that waited with it.
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


def candidates(event: Event) -> QuerySet[Subscription]:
    """The subscriptions that listened to a decided event, each with what was stored of its decision (`account`)."""
    at = event.generation or 0
    in_force = Subscription.objects.filter(Q(until=None) | Q(until__gt=at), since__lte=at)
    wanted = Q(trigger=event.addressee) if event.addressee else Q(pk__in=[])
    if event.is_public:
        wanted |= Q(event_type__in=[event.type, *_wild_for(event.type)])
    return _with_outcome(in_force.filter(wanted), event)


def _wild_for(event_type: str) -> list[str]:
    wild = Subscription.objects.filter(event_type__contains="*").order_by().values_list("event_type", flat=True)
    return [pattern for pattern in wild.distinct() if patterns.matches(pattern, event_type)]


def _with_outcome(rows: QuerySet[Subscription], event: Event) -> QuerySet[Subscription]:
    exceptions = Decision.objects.filter(event=event, trigger=OuterRef("trigger"))
    firings = Firing.objects.filter(event=event, trigger=OuterRef("trigger"))
    return (
        rows.select_related("trigger__workflow", "version")
        .defer("version__definition")
        .annotate(
            has_fired=Exists(firings),
            fired_in=Subquery(firings.values("gathering")[:1]),
            exception=Subquery(exceptions.values("verdict")[:1]),
            exception_reason=Subquery(exceptions.values("reason")[:1]),
            exception_code=Subquery(exceptions.values("code")[:1]),
            exception_until=Subquery(exceptions.values("until")[:1]),
            waited_in=Subquery(exceptions.values("gathering")[:1]),
        )
    )


def account(row: Any, event: Event, scope: Scope) -> Account:
    """Why the subscription (one of `candidates`) fired or not, in the scope of the event (`snapshots.scope_then`)."""
    judged = judge(row.trigger, version=row.version.number, filters=row.filters, conditions=row.conditions, scope=scope)
    if event.dead_at is not None:
        return replace(judged, verdict=FAILED, reason=f"dead: given up after {event.tries} tries; see its dead letter.")
    if event.matched_at is None:
        return replace(judged, verdict=PENDING, reason="The event waits to be decided on.")
    if row.exception:
        return _excepted(judged, row)
    if row.has_fired:
        waited = ports.gathered(row.fired_in)
        if waited is None:
            return replace(judged, verdict=FIRED)
        return replace(judged, verdict=FIRED, reason=f"{judged.reason} {waited.reason}".strip(), run_id=waited.run_id)
    return replace(judged, verdict=NOT_MATCHED) if judged.verdict == FAILED else judged  # it needed no more to decide


def _excepted(judged: Account, row: Any) -> Account:
    """What was held back, or waits: then as things are by now, since what it waits in may have grown."""
    told = replace(
        judged,
        verdict=row.exception,
        reason=row.exception_reason,
        code=row.exception_code,
        until=row.exception_until,
    )
    waited = ports.gathered(row.waited_in)
    if waited is None:
        return told
    if row.exception == PENDING and waited.until is not None:
        return replace(told, reason=waited.reason, until=waited.until)
    return replace(told, run_id=waited.run_id)


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


def of_workflow(workflow_id: UUID, event: Event) -> Iterator[Account]:
    """What became of an event at all triggers of a workflow, also at those that did not listen to it then."""
    if event.matched_at is None:
        return
    scope = snapshots.scope_then(event)
    listened = {row.trigger_id: row for row in candidates(event).filter(workflow_id=workflow_id)}
    triggers = Trigger.objects.filter(workflow_id=workflow_id, version__isnull=False).select_related("workflow")
    for trigger in triggers.order_by("key"):
        row = listened.get(trigger.pk)
        yield account(row, event, scope) if row is not None else _absent(trigger, event)


def _absent(trigger: Trigger, event: Event) -> Account:
    """Why a trigger did not listen: another type of event, paused, not there yet, or not any more."""
    at = event.generation or 0
    rows = Subscription.objects.filter(trigger=trigger).select_related("version").defer("version__definition")
    now = rows.filter(Q(until=None) | Q(until__gt=at), since__lte=at).first()
    if now is not None:
        return Account(trigger, now.version.number, NOT_LISTENING, not_for(event, now))
    before = rows.filter(until__lte=at).order_by("-until").first()
    if before is None:
        return Account(trigger, None, NOT_LISTENING, "It was published after the event was decided on.")
    return Account(trigger, before.version.number, NOT_LISTENING, _ENDED[before.ended_by])


def not_for(event: Event, listener: Subscription | Trigger) -> str:
    """Why an event is not for who listens so; empty when it is."""
    if event.addressee is not None and event.addressee in {getattr(listener, "trigger_id", None), listener.pk}:
        return ""
    if not listener.event_type:
        return f"It listens to its own events only; the event is {event.type}."
    if patterns.matches(listener.event_type, event.type):
        return "" if event.is_public else "The event was for another trigger alone."
    return f"It listens to {listener.event_type}; the event is {event.type}."


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
