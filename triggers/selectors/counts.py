"""Count what the triggers of a workflow saw and held back in a period, by indexes that say when.

Tallies know no time, so events and decisions are counted themselves: those of the types that were listened to, found
by type and id, since ids sort by time.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Count, Q

from core import ids
from triggers import resolving
from triggers.engine import patterns
from triggers.models import Decision, Event, Subscription, Tally, Trigger

Span = tuple[int, int | None]  # generations: from, up to and without; None: until now


@dataclass(frozen=True, slots=True)
class Seen:
    """`events` were decided while a trigger listened to them; `suppressed`, `failed` and `pending` are decisions on
    them."""

    events: int
    suppressed: int
    failed: int
    pending: int = 0


def written(since: datetime, until: datetime) -> Q:
    """That a row was written in this period, by its id; with a margin, so also ask for the exact time."""
    return Q(pk__gte=ids.floor(since), pk__lt=ids.ceiling(until))


def of_workflow(workflow_id: UUID, *, since: datetime, until: datetime) -> Seen:
    """What the triggers of a workflow saw of the events that came from `since` on and before `until`."""
    triggers = list(Trigger.objects.filter(workflow=workflow_id).values_list("pk", flat=True))
    decided = Decision.objects.filter(written(since, until), trigger_id__in=triggers)
    decided = decided.filter(decided_at__gte=since, decided_at__lt=until).order_by()
    verdicts = dict(decided.values_list("verdict").annotate(Count("pk")))
    heard = _heard(workflow_id, triggers)
    events = Event.objects.filter(written(since, until), heard, received_at__gte=since, received_at__lt=until)
    return Seen(
        events=events.filter(matched_at__isnull=False).count() if triggers else 0,
        suppressed=verdicts.get("suppressed", 0),
        failed=verdicts.get("failed", 0),
        pending=verdicts.get("pending", 0),
    )


def _heard(workflow_id: UUID, triggers: list[UUID]) -> Q:
    """The events that it listened to: public ones of its types, while it did, and those addressed to its triggers."""
    spans: dict[str, list[Span]] = defaultdict(list)
    own = Subscription.objects.filter(trigger_id__in=triggers, workflow_id=workflow_id).order_by("since")
    for event_type, detector, since, until in own.values_list("event_type", "detector", "since", "until"):
        for pattern in resolving.types_of(event_type, detector):
            spans[pattern].append((since, until))
    came = set(Tally.objects.filter(trigger=None).order_by().values_list("event_type", flat=True).distinct())
    addressed = Tally.objects.filter(trigger_id__in=triggers, seen__gt=0).order_by()
    heard = [Q(type__in=[*addressed.values_list("event_type", flat=True).distinct()], addressee__in=triggers)]
    for pattern, periods in spans.items():
        types = [each for each in came if patterns.matches(pattern, each)]
        for since, until in _merged(periods):
            while_it_did = Q(generation__gte=since) & (Q() if until is None else Q(generation__lt=until))
            heard.append(Q(type__in=types, is_public=True) & while_it_did)
    return reduce(or_, heard)


def _merged(periods: list[Span]) -> list[Span]:
    """Periods in their order, those that touch or overlap made into one: every publishing begins a new one."""
    merged: list[Span] = []
    for since, until in periods:
        before = merged[-1] if merged else None
        if before is not None and (before[1] is None or since <= before[1]):
            ends = None if until is None or before[1] is None else max(until, before[1])
            merged[-1] = (before[0], ends)
        else:
            merged.append((since, until))
    return merged
