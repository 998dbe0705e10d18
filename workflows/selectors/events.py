"""Read the events that may have started a workflow."""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from core.searching import Search
from triggers import resolving
from triggers.engine import patterns
from triggers.models import Decision, Event, Firing, Subscription, Tally


class Verdict(StrEnum):
    """Which events: those that fired it, any that did not, or those with one verdict."""

    FIRED = "fired"
    NO = "no"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    PENDING = "pending"


def of_workflow(workflow_id: UUID, *, verdict: Verdict | None = None) -> Search[Event]:
    """The decided events of the types that a workflow has ever listened to, and those addressed to its triggers.

    Where all of those are of one type, its index serves; else the events of the workspace are looked through.
    """
    triggers, listened = _heard(workflow_id)
    addressed = Tally.objects.filter(trigger_id__in=triggers, seen__gt=0).order_by()
    types = listened | set(addressed.values_list("event_type", flat=True).distinct())
    rows = Event.objects.select_related("workspace")
    if len(types) == 1 and not any(map(patterns.is_wild, types)):
        rows = rows.filter(type__in=types)
    wanted = Q(matched_at__isnull=False) & (public_of(listened) | Q(addressee__in=triggers))
    return Search(rows, wanted & _decided(triggers, verdict))


def listened_to(workflow_id: UUID) -> Q:
    """That an event is of a type that the workflow has ever listened to, or addressed to a trigger of it."""
    triggers, types = _heard(workflow_id)
    return public_of(types) | Q(addressee__in=triggers)


def _heard(workflow_id: UUID) -> tuple[set[UUID], set[str]]:
    """The triggers that a workflow ever had, and the types of events that they listened to."""
    own = Subscription.objects.filter(workflow_id=workflow_id).order_by()
    rows = list(own.values_list("trigger_id", "event_type", "detector"))
    types = {each for _, event_type, detector in rows for each in resolving.types_of(event_type, detector)}
    return {trigger_id for trigger_id, *_ in rows}, types


def public_of(types: Collection[str]) -> Q:
    """That an event is for everybody, and of one of these types, which may be patterns."""
    wanted = Q(type__in=[each for each in types if each and not patterns.is_wild(each)], is_public=True)
    for pattern in types:
        if patterns.is_wild(pattern):
            wanted |= Q(type__regex=patterns.regex(pattern), is_public=True)
    return wanted


def _decided(triggers: set[UUID], verdict: Verdict | None) -> Q:
    firings = Firing.objects.filter(event=OuterRef("pk"), trigger__in=triggers)
    if verdict is None:
        return Q()
    if verdict in {Verdict.FIRED, Verdict.NO}:
        return Q(Exists(firings)) if verdict == Verdict.FIRED else ~Q(Exists(firings))
    exceptions = Decision.objects.filter(event=OuterRef("pk"), trigger__in=triggers, verdict=verdict.value)
    return Q(Exists(exceptions))
