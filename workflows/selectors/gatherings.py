"""Read what events wait or waited in, and what it became."""

from collections.abc import Collection, Mapping
from uuid import UUID

from triggers.models import Firing
from triggers.ports import Gathered
from workflows.engine.states import FINISHED_RUN
from workflows.models import Gathering
from workflows.services.flow import gathering


def told(ids: Collection[UUID]) -> Mapping[UUID, Gathered]:
    """What is said of each gathering of the workspace in scope (see `triggers.ports`)."""
    return {row.pk: _told(row) for row in Gathering.objects.filter(pk__in=ids)}


def _told(row: Gathering) -> Gathered:
    if row.closed_at is None:
        return Gathered(f"{gathering.said(row)}; it holds {_events(row.count)}", until=row.due_at)
    if row.run_id is None:
        return Gathered("")
    which = "one" if row.max_events else "the last"
    return Gathered(f"It was {which} of {_events(row.count)} that started one run together.", run_id=row.run_id)


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number:,} events"


def runs_of(event_ids: Collection[UUID]) -> list[UUID]:
    """The runs that these events started together with others. May be called unscoped, for events of any workspace."""
    waited_in = _waited_in(event_ids)
    if not waited_in:
        return []
    found = Gathering.objects.filter(pk__in={id_ for _, id_ in waited_in})
    return [run_id for run_id in found.values_list("run_id", flat=True) if run_id is not None]


def still_running(event_ids: Collection[UUID]) -> set[UUID]:
    """Of these events, those that started a run together with others that has not ended."""
    waited_in = _waited_in(event_ids)
    if not waited_in:
        return set()
    going = Gathering.objects.filter(pk__in={id_ for _, id_ in waited_in}, run__isnull=False)
    ids = set(going.exclude(run__status__in=FINISHED_RUN).values_list("pk", flat=True))
    return {event_id for event_id, id_ in waited_in if id_ in ids}


def _waited_in(event_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    rows = Firing.objects.filter(event__in=event_ids, gathering__isnull=False)
    return [(event_id, id_) for event_id, id_ in rows.values_list("event_id", "gathering") if id_ is not None]
