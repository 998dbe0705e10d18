"""Read runs, with no more queries for a long list than for a short one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from core.ids import uuid_or_none
from core.searching import Search, period
from triggers.models import Event
from workflows.engine.states import EXCEPTIONAL_RUN, FINISHED_RUN
from workflows.models import ActionRun, Run, Workflow
from workflows.selectors import gatherings
from workflows.selectors.workflows import pk_of

MAX_ACTIONS = 500  # of a run that is shown whole; the rest is in pages
MAX_EVENTS = 100  # of one sender's id, from as many sources
MAX_AROUND = 20  # of what came of a run, where it is shown: lists have the rest


def listed(  # noqa: PLR0913  the names of the API's filters
    *,
    workflow: str | None = None,
    event: str | None = None,
    status: str | None = None,
    parent: UUID | None = None,
    root: UUID | None = None,
    cause: UUID | None = None,
    replay_of: UUID | None = None,
    held: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Search[Run]:
    """Runs of the workspace in scope, with what a list shows of them.

    `workflow` is its id or slug, `event` our uid or the sender's id, `parent` the run whose actions started them,
    `root` the event (our uid) that all began with, `cause` the run whose failure they handle, `replay_of` the one they
    do again, `held` whether they may not start yet; `since` (included) and `until` (not included) are about
    `created_at`.
    """
    by_id, wanted = period("created_at", since, until)
    rows = Run.objects.select_related("workflow", "version", "event").filter(by_id)
    if workflow is not None:
        rows = rows.filter(workflow=pk_of(workflow))
    if event is not None:
        rows = rows.filter(_for_events(_events(event)))
    if parent is not None:
        rows = rows.filter(parent__in=ActionRun.objects.filter(run=parent).order_by().values("pk"))
    if root is not None:
        rows = rows.filter(pk__in=_of_chain(root))
    below = {name: value for name, value in {"cause": cause, "replay_of": replay_of}.items() if value is not None}
    rows, is_narrow = rows.filter(**below), bool(below) or any(each is not None for each in (event, parent, root))
    if status is not None:
        is_served = not is_narrow and (workflow is None or status in EXCEPTIONAL_RUN)
        rows, wanted = (rows.filter(status=status), wanted) if is_served else (rows, wanted & Q(status=status))
    if held is True and (workflow, status, is_narrow) == (None, None, False):
        rows = rows.filter(held_at__isnull=False)
    elif held is not None:
        wanted &= Q(held_at__isnull=not held)
    rows = rows.defer("event__data", "version__definition", "workflow__draft", "workflow__layout", "variables")
    return Search(rows, wanted)


def _of_chain(root: UUID) -> QuerySet[Any]:
    """The runs that an event started, and those that came of them: `root` has an index for each workflow."""
    workflows = Workflow.objects.order_by().values("pk")
    further = Run.objects.filter(workflow__in=workflows, root=root).order_by().values("pk")
    return Run.objects.filter(event=root).order_by().values("pk").union(further)


def still_running(event_ids: Collection[UUID]) -> set[UUID]:
    """Of these events, those of which a run has not ended (see `triggers.ports`)."""
    going = Run.objects.filter(event__in=event_ids).exclude(status__in=FINISHED_RUN)
    return {*going.values_list("event_id", flat=True), *gatherings.still_running(event_ids)}


def _for_events(event_ids: list[UUID]) -> Q:
    """That a run is for one of these events, alone or with others."""
    together = gatherings.runs_of(event_ids)
    return Q(event__in=event_ids) | Q(pk__in=together) if together else Q(event__in=event_ids)


def _events(identifier: str) -> list[UUID]:
    """Found first, so that the list of runs is filtered by one indexed column and not across a join."""
    known_as = Q(event_id=identifier)
    if uid := uuid_or_none(identifier):
        known_as |= Q(pk=uid)
    return list(Event.objects.filter(known_as).values_list("pk", flat=True)[:MAX_EVENTS])


def detailed() -> QuerySet[Run]:
    """Runs of the workspace in scope, with what is shown of one beside its actions."""
    return Run.objects.select_related("workflow", "version", "event", "firing__trigger", "parent")


@dataclass(frozen=True, slots=True)
class Around:
    """What came of a run, the newest first: no more than `MAX_AROUND` are shown, and one more says that there are."""

    consequences: Sequence[Run]
    replays: Sequence[Run]
    events: Sequence[Event]


def around(run: Run) -> Around:
    """The runs that handle its failure, those that do it again, and the events that it sent."""
    wanted = MAX_AROUND + 1
    return Around(
        consequences=list(Run.objects.filter(cause=run).only("id").order_by("-id")[:wanted]),
        replays=list(Run.objects.filter(replay_of=run).only("id").order_by("-id")[:wanted]),
        events=list(Event.objects.filter(cause_run=run.pk).only("id", "type").order_by("-id")[:wanted]),
    )


def first_actions(run: Run) -> list[ActionRun]:
    """The actions that are shown with a run, and one more if there are more."""
    return list(actions().filter(run=run).order_by("id")[: MAX_ACTIONS + 1])


def actions() -> QuerySet[ActionRun]:
    """Actions of runs, with everything that is shown of one."""
    reused = Prefetch("reused_from", ActionRun.objects.only("id", "run_id"))
    return ActionRun.objects.prefetch_related("attempts", "child_runs", reused)


def tried(run: Run) -> int:
    """How many actions of a run were tried at all."""
    return tried_of([run]).get(run.pk, 0)


def tried_of(found: Iterable[Run]) -> dict[UUID, int]:
    """The same of several runs; those of which none was are left out."""
    rows = ActionRun.objects.filter(run__in=[run.pk for run in found], attempts__isnull=False)
    return dict(rows.order_by().values_list("run").annotate(Count("id", distinct=True)))
