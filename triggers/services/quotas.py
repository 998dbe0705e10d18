"""Counts the events that a workspace accepts on a day, where it has a `max_events_per_day`."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from core import quotas, tenancy
from core.quotas import DayQuotaExceededError
from triggers.models import EventDay


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a day, whose row is locked until the transaction ends."""

    row: EventDay
    limit: int
    now: datetime

    @property
    def left(self) -> int:
        return max(self.limit - self.row.accepted, 0)

    def use(self, number: int) -> None:
        """Count so many events."""
        if number:
            EventDay.objects.filter(pk=self.row.pk).update(accepted=F("accepted") + number)

    def refusal(self) -> DayQuotaExceededError:
        """What is said to one for which nothing is left."""
        return DayQuotaExceededError("events", limit=self.limit, name="max_events_per_day", now=self.now)


def counted(now: datetime) -> int:
    """How many events were counted on the day of `now` for the workspace in scope."""
    return EventDay.objects.filter(on=quotas.day(now)).values_list("accepted", flat=True).first() or 0


def locked(limit: int, *, now: datetime) -> Room:
    """What is left of the day of `now` for the workspace in scope, counted since the limit was written.

    Concurrency: whoever accepts at the same time waits for the end of this transaction.
    """
    on = quotas.day(now)
    EventDay.objects.bulk_create([EventDay(workspace_id=tenancy.current_workspace_id(), on=on)], ignore_conflicts=True)
    return Room(EventDay.objects.select_for_update(no_key=True).get(on=on), limit, now)
