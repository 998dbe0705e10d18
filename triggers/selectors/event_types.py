"""Which types of events there are: those that somebody registered, and those that have come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Collate

from triggers.models import Event, EventType, Tally


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type of events. `row` is empty for one that nobody registered; `seen` counts those that were decided."""

    name: str
    row: EventType | None
    seen: int
    last_seen_at: datetime | None


def known(*, after: str, limit: int) -> list[KnownType]:
    """The types whose names come after `after`, in the order of their characters."""
    # In the C collation, which every server sorts alike and as Python does.
    registered = EventType.objects.annotate(key=Collate("name", "C")).filter(key__gt=after).order_by("key")
    seen = _tallies().annotate(key=Collate("event_type", "C")).filter(key__gt=after).order_by("key")
    names = {*registered.values_list("name", flat=True)[:limit]}
    names.update(seen.values_list("event_type", flat=True).distinct()[:limit])
    return _described(sorted(names)[:limit])


def find(name: str) -> KnownType | None:
    """The type of this name; None when nobody registered it and no event of it was decided."""
    (found,) = _described([name])
    return found if found.row or found.seen else None


def _tallies() -> QuerySet[Tally]:
    return Tally.objects.filter(trigger=None).exclude(event_type="")


def _described(names: Iterable[str]) -> list[KnownType]:
    names = list(names)
    rows = {row.name: row for row in EventType.objects.filter(name__in=names)}
    counts = _tallies().filter(event_type__in=names).order_by().values_list("event_type").annotate(Sum("seen"))
    seen = dict(counts)
    last = _last_seen(EventType.objects.filter(name__in=names), "name") | _last_seen(
        _tallies().filter(event_type__in=seen.keys() - rows.keys()), "event_type"
    )
    return [KnownType(name, rows.get(name), seen.get(name) or 0, last.get(name)) for name in names]


def _last_seen(rows: QuerySet[EventType] | QuerySet[Tally], column: str) -> dict[str, datetime | None]:
    """When the newest event of each type came: one look into the index for each."""
    newest = Event.objects.filter(type=OuterRef(column)).order_by("-id").values("received_at")[:1]
    return dict(rows.order_by(column).distinct(column).values_list(column, Subquery(newest)))
