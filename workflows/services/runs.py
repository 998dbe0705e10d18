"""Start runs: for a firing, for an action of another run, for a run that failed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from core import tenancy
from core.ids import new_id
from triggers.context import event_names
from triggers.models import Event, Firing
from workflows.engine import planner
from workflows.engine.planner import State
from workflows.engine.states import ActionStatus, RunStatus, WorkflowStatus
from workflows.models import ActionRun, Run, Workflow
from workflows.services import hinting, rows, versions
from workflows.services.notifications import telling

log = structlog.get_logger(__name__)

Json = dict[str, Any]

SOURCE = "sequitur"  # of the events that are made for runs which no event from outside started


def start(firings: Sequence[Firing]) -> None:
    """Start one run for each firing.

    Receives the firings of `triggers` (see `triggers.ports`), inside their transaction and scope: either the event is
    matched, the firings stored and the runs started, or none of it.
    """
    now = timezone.now()
    _start(
        [
            _new(
                firing.trigger.version_id,
                firing.event_id,
                workflow_id=firing.trigger.workflow_id,
                now=now,
                firing=firing,
                trigger_key=firing.trigger.key,
            )
            for firing in firings
        ],
        now=now,
    )


def start_child(parent: ActionRun, workflow: Workflow, data: Json, *, depth: int) -> Run:
    """Start a run of an active workflow for an action of another run, with `data` as that of its event."""
    cause = Run.objects.select_related("event").only("event__depth").get(pk=parent.run_id)
    event = _event("workflow.called", data, cause=cause, more_depth=0)
    return _start_of(workflow, event, parent_id=parent.pk, depth=depth + 1)


def start_by_hand(workflow: Workflow, event: Event, *, trigger_key: str) -> Run:
    """Start a run of an active workflow for an event that a person or a program made for it."""
    return _start_of(workflow, event, trigger_key=trigger_key)


def start_consequence(cause: Run) -> Run | None:
    """Start the workflow that handles the failure of a run, if its definition names one that is active.

    A workflow does not handle its own failures, and what is called too deeply is not handled.
    """
    name = versions.load(cause.version_id).definition.settings.on_failure
    workflow = find_active(name) if name else None
    if workflow is None or workflow.pk == cause.workflow_id or cause.depth >= settings.SEQUITUR_MAX_RUN_DEPTH:
        if name:
            log.warning("nothing handles the failure", run_id=str(cause.pk), on_failure=name)
        return None
    error = cause.error or {}
    data = {
        "workflow": {"id": str(cause.workflow_id), "name": cause.workflow.name, "slug": cause.workflow.slug},
        "run": str(cause.pk),
        "action": error.get("action"),
        "error": {"code": error.get("code"), "message": error.get("message")},
        "event": event_names(cause.event),
    }
    event = _event("run.failed", data, cause=cause, more_depth=1)
    return _start_of(workflow, event, cause=cause, depth=cause.depth + 1)


def find_active(name: str) -> Workflow | None:
    """The active workflow with this name or slug in the workspace in scope."""
    found = Workflow.objects.filter(Q(name__iexact=name) | Q(slug=name), status=WorkflowStatus.ACTIVE)
    return found.exclude(active_version=None).first()


def _start_of(workflow: Workflow, event: Event, **columns: Any) -> Run:
    if workflow.active_version_id is None:
        raise ValueError("only active workflows are started")
    now = timezone.now()
    run = _new(workflow.active_version_id, event.pk, workflow_id=workflow.pk, now=now, **columns)
    _start([run], now=now)
    return run


def _new(version_id: UUID, event_id: UUID, *, now: datetime, **columns: Any) -> Run:
    timeout = versions.load(version_id).definition.settings.timeout_seconds
    return Run(
        workspace_id=tenancy.current_workspace_id(),
        version_id=version_id,
        event_id=event_id,
        status=RunStatus.QUEUED,
        created_at=now,
        deadline_at=None if timeout is None else now + timedelta(seconds=timeout),
        **columns,
    )


def _start(runs: Sequence[Run], *, now: datetime) -> None:
    Run.objects.bulk_create(runs)
    actions = [_new_actions(run, now=now) for run in runs]
    ActionRun.objects.bulk_create([row for each in actions for row in each])
    for run, each in zip(runs, actions, strict=True):
        telling.created(versions.load(run.version_id), run, each)
        hinting.hint(each)


def _new_actions(run: Run, *, now: datetime) -> list[ActionRun]:
    """All rows of the workflow's own graph, those that start at once queued already."""
    plan = versions.load(run.version_id).plan
    new = rows.of_body(run, plan.graph, parent=None, iteration="")
    decision = planner.decide(plan.graph, {row.key: State(ActionStatus.PENDING) for row in new})
    for row in new:
        if row.key in decision.start:
            patience = plan.actions[row.key].part.start_within_seconds
            row.status, row.hinted_at = ActionStatus.QUEUED, now
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
        depth=cause.event.depth + more_depth,
        received_at=now,
        matched_at=now,
    )
