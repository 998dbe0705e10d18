"""Read the events that may have started a workflow."""

from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from triggers.engine import patterns
from triggers.models import Decision, Event, Firing, Subscription


class Verdict(StrEnum):
    """Which events: those that fired it, any that did not, or those with one verdict."""

    FIRED = "fired"
    NO = "no"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    PENDING = "pending"


def of_workflow(workflow_id: UUID, *, verdict: Verdict | None = None) -> QuerySet[Event]:
    """The decided events of the types that a workflow has ever listened to, and those addressed to its triggers."""
    firings = Firing.objects.filter(event=OuterRef("pk"), trigger__workflow=workflow_id)
    exceptions = Decision.objects.filter(event=OuterRef("pk"), trigger__workflow=workflow_id)
    rows = Event.objects.select_related("workspace").filter(_listened_to(workflow_id), matched_at__isnull=False)
    if verdict == Verdict.FIRED:
        return rows.filter(Exists(firings))
    if verdict == Verdict.NO:
        return rows.filter(~Exists(firings))
    return rows if verdict is None else rows.filter(Exists(exceptions.filter(verdict=verdict.value)))


def _listened_to(workflow_id: UUID) -> Q:
    own = Subscription.objects.filter(workflow_id=workflow_id).order_by()
    types = set(own.values_list("event_type", flat=True))
    wanted = Q(type__in=[each for each in types if each and not patterns.is_wild(each)], is_public=True)
    for pattern in types:
        if patterns.is_wild(pattern):
            wanted |= Q(type__regex=patterns.regex(pattern), is_public=True)
    return wanted | Q(addressee__in=set(own.values_list("trigger_id", flat=True)))
