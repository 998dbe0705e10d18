"""Start runs: for a firing, for an action of another run, for a run that failed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import tenancy
from core.ids import new_id
from core.services import audit
from triggers.context import event_names
from triggers.models import Event, Firing, Trigger
from workflows.engine import planner
from workflows.engine.planner import State
from workflows.engine.states import ActionStatus, RunStatus, WorkflowStatus
from workflows.models import ActionRun, Run, Workflow
from workflows.services import dispatching, hinting, rows, versions
from workflows.services.flow import gate
from workflows.services.flow.starts import HeldBackError, Lane, Origin, Place
from workflows.services.notifications import telling

log = structlog.get_logger(__name__)

Json = dict[str, Any]

SOURCE = "sequitur"  # of the events that are made for runs which no event from outside started


def start(firings: Sequence[Firing], tickets: Sequence[object]) -> None:
    """Start one run for each firing, at its place.

    Receives the firings of `triggers` (see `triggers.ports`), inside their transaction and scope: either the event is
    matched, the firings stored and the runs started, or none of it.
    """
    now = timezone.now()
    places = [ticket if isinstance(ticket, Place) else Place() for ticket in tickets]
    runs = [
        _of_firing(firing, firing.trigger, firing.event, place=place, now=now)
        for firing, place in zip(firings, places, strict=True)
    ]
    _start(runs, places, now=now)


def start_gathered(firing: Firing, trigger: Trigger, event: Event, *, place: Place) -> Run:
    """Start the one run of events that were gathered, for `event`: the last of them, or the one that holds all.

    `firing` is that of the last; those of the others are found by the same gathering. `trigger` names the version.
    """
    now = timezone.now()
    run = _of_firing(firing, trigger, event, place=place, now=now)
    _start([run], [place], now=now)
    return run


def _of_firing(firing: Firing, trigger: Trigger, event: Event, *, place: Place, now: datetime) -> Run:
    if trigger.version_id is None:
        raise ValueError("a trigger that fires has a version")
    return _new(
        trigger.version_id,
        event.pk,
        workflow_id=trigger.workflow_id,
        now=now,
        place=place,
        firing=firing,
        root=event.root,
        trigger_key=trigger.key,
    )


def start_child(parent: ActionRun, workflow: Workflow, data: Json, *, depth: int, is_awaited: bool) -> Run:
    """Start a run of an active workflow for an action of another run, with `data` as that of its event.

    Raises `HeldBackError` when flow control lets none start now; then the transaction is to be rolled back.
    """
    cause = Run.objects.select_related("event").only("event__depth", "event__root").get(pk=parent.run_id)
    event = _event("workflow.called", data, cause=cause, more_depth=0)
    lanes = _lanes_above(parent) if is_awaited else frozenset[Lane]()
    return _start_of(workflow, event, origin=Origin.ACTION, awaited_by=lanes, parent_id=parent.pk, depth=depth + 1)


def _lanes_above(parent: ActionRun) -> frozenset[Lane]:
    """The lanes of the runs that wait for what an action starts: it must not wait for a place that one of them has."""
    found: set[Lane] = set()
    above: UUID | None = parent.run_id
    while above is not None:
        run = Run.objects.only("workflow_id", "lane", "parent_id").get(pk=above)
        found |= {(run.workflow_id, run.lane)} if run.lane else set()
        above = run.parent_id and ActionRun.objects.values_list("run_id", flat=True).get(pk=run.parent_id)
    return frozenset(found)


def start_by_hand(workflow: Workflow, event: Event, *, trigger_key: str) -> Run:
    """Start a run of an active workflow for an event that a person or a program made for it.

    Raises `HeldBackError`, as `start_child` does.
    """
    return _start_of(workflow, event, origin=Origin.HAND, trigger_key=trigger_key)


def start_replay(
    replayed: Run, workflow: Workflow, *, version_id: UUID, take_over: Callable[[Run], list[ActionRun]], **columns: Any
) -> Run:
    """Make a run of an active workflow for the event of another of its runs, with the rows that `take_over` gives it:
    all of its own graph, some of which may have ended. Unless it is held, it is to be settled.

    Raises `HeldBackError`, as `start_child` does.
    """
    now = timezone.now()
    start = gate.of_workflow(workflow, replayed.event, origin=Origin.HAND, now=now, version_id=version_id)
    place = gate.ask_one(start)
    run = _new(
        version_id,
        replayed.event_id,
        workflow_id=workflow.pk,
        now=now,
        place=place,
        replay_of=replayed,
        root=replayed.root,
        trigger_key=replayed.trigger_key,
        depth=replayed.depth,
        **columns,
    )
    run.save(force_insert=True)
    new = take_over(run)
    ActionRun.objects.bulk_create(new)
    telling.created(versions.load(version_id), run, new)
    if place.is_superseding:
        hinting.hint_lane(run.pk)
    return run


def start_consequence(cause: Run) -> Run | None:
    """Start the workflow that handles the failure of a run, if its definition names one that may; else it is audited.

    A workflow does not handle its own failures, and what is called too deeply is not handled.
    """
    name = versions.load(cause.version_id).definition.settings.on_failure
    if not name:
        return None
    workflow = find_active(name)
    refusal = _refusal(cause, name, workflow)
    if refusal is not None:
        _not_handled(cause, name, *refusal)
    if workflow is None or refusal is not None:
        return None
    error = cause.error or {}
    data = {
        "workflow": {"id": str(cause.workflow_id), "name": cause.workflow.name, "slug": cause.workflow.slug},
        "run": str(cause.pk),
        "action": error.get("action"),
        "error": {"code": error.get("code"), "message": error.get("message")},
        "event": event_names(cause.event),
    }
    try:
        with transaction.atomic():
            event = _event("run.failed", data, cause=cause, more_depth=1)
            return _start_of(
                workflow, event, origin=Origin.FAILURE, cause=cause, occasion=cause.reopened, depth=cause.depth + 1
            )
    except HeldBackError as error:
        _not_handled(cause, name, error.code, error.detail)
        return None


def _refusal(cause: Run, name: str, workflow: Workflow | None) -> tuple[str, str] | None:
    """Why this workflow does not handle the failure, in a word and in words."""
    if workflow is None:
        return "not_active", f"There is no active workflow {name!r}."
    if workflow.pk == cause.workflow_id:
        return "own_failure", "A workflow does not handle its own failures."
    if cause.depth >= settings.SEQUITUR_MAX_RUN_DEPTH:
        reason = f"loop: {cause.depth} runs led to this one, each started by the one before; at most that many may"
        return "loop", reason
    return None


def _not_handled(cause: Run, name: str, code: str, reason: str) -> None:
    """Nothing is silent: the trail says why nobody handles the failure."""
    log.warning("nothing handles the failure", run_id=str(cause.pk), on_failure=name, reason=reason)
    after = {"on_failure": name, "code": code}
    audit.record("run.not_handled", by="", target="run", target_id=cause.pk, reason=reason, after=after)


def find_active(name: str) -> Workflow | None:
    """The active workflow with this name or slug in the workspace in scope."""
    found = Workflow.objects.filter(Q(name__iexact=name) | Q(slug=name), status=WorkflowStatus.ACTIVE)
    return found.exclude(active_version=None).first()


def _start_of(
    workflow: Workflow, event: Event, *, origin: Origin, awaited_by: frozenset[Lane] = frozenset(), **columns: Any
) -> Run:
    if workflow.active_version_id is None:
        raise ValueError("only active workflows are started")
    now = timezone.now()
    start = gate.of_workflow(workflow, event, origin=origin, now=now)
    place = gate.ask_one(replace(start, awaited_by=awaited_by))
    columns |= {"workflow_id": workflow.pk, "root": event.root}
    run = _new(workflow.active_version_id, event.pk, now=now, place=place, **columns)
    _start([run], [place], now=now)
    return run


def _new(version_id: UUID, event_id: UUID, *, now: datetime, place: Place, **columns: Any) -> Run:
    return Run(
        workspace_id=tenancy.current_workspace_id(),
        version_id=version_id,
        event_id=event_id,
        status=RunStatus.QUEUED,
        created_at=now,
        lane=place.lane,
        throttle=place.throttle,
        is_probe=place.is_probe,
        held_at=now if place.is_held else None,
        held_until=place.until if place.is_held else None,
        held_reason=place.reason if place.is_held else "",
        priority=versions.load(version_id).definition.settings.priority,
        deadline_at=None if place.is_held else deadline(version_id, now=now),
        **columns,
    )


def deadline(version_id: UUID, *, now: datetime) -> datetime | None:
    """When a run that may start now fails for taking too long."""
    timeout = versions.load(version_id).definition.settings.timeout_seconds
    return None if timeout is None else now + timedelta(seconds=timeout)


def _start(runs: Sequence[Run], places: Sequence[Place], *, now: datetime) -> None:
    Run.objects.bulk_create(runs)
    actions = [_new_actions(run, now=now) for run in runs]
    new = [row for each in actions for row in each]
    express = dispatching.place([row for row in new if row.status == ActionStatus.QUEUED], now=now)
    ActionRun.objects.bulk_create(new)
    for run, place, each in zip(runs, places, actions, strict=True):
        telling.created(versions.load(run.version_id), run, each)
        hinting.hint(each, express=express)
        if place.is_superseding:
            hinting.hint_lane(run.pk)


def _new_actions(run: Run, *, now: datetime) -> list[ActionRun]:
    """All rows of the workflow's own graph, those that start at once queued already."""
    plan = versions.load(run.version_id).plan
    new = rows.of_body(run, plan.graph, parent=None, iteration="")
    if run.held_at is not None:
        return new
    decision = planner.decide(plan.graph, {row.key: State(ActionStatus.PENDING) for row in new})
    for row in new:
        if row.key in decision.start:
            patience = plan.actions[row.key].part.start_within_seconds
            row.status = ActionStatus.QUEUED
            row.start_by = None if patience is None else now + timedelta(seconds=patience)
    return new


def _event(type_: str, data: Json, *, cause: Run, more_depth: int) -> Event:
    """An event that nobody sent: stored like any other, and matched already, since it is addressed.

    It is as deep as what started its cause, so that events which runs send each other in a circle get ever deeper also
    when some of the runs are started in another way.

    Its id cannot be known before: a sender who had used it would keep the run from starting.
    """
    now, uid = timezone.now(), new_id()
    return Event.objects.create(
        id=uid,
        workspace_id=tenancy.current_workspace_id(),
        source=SOURCE,
        event_id=str(uid),
        type=type_,
        time=now,
        data=data,
        cause_run=cause.pk,
        root=cause.event.root or cause.event_id,
        depth=cause.event.depth + more_depth,
        received_at=now,
        matched_at=now,
    )
