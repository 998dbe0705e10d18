"""Start runs, and move them to where the planner says."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.utils import timezone

from core import publish
from triggers.models import Firing
from workflows.engine import planner
from workflows.engine.states import ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import versions

EXECUTE_TASK = "workflows.execute_action"
QUEUE = "actions"


def start(firings: Sequence[Firing]) -> None:
    """Start one run for each firing, all its actions pending and the first one queued.

    Receives the firings of `triggers` (see `triggers.ports`), inside their transaction and scope: either the event is
    matched, the firings stored and the runs started, or none of it.
    """
    now = timezone.now()
    runs = [_new_run(firing, now=now) for firing in firings]
    Run.objects.bulk_create(runs)
    actions = {run.pk: _new_actions(run, now=now) for run in runs}
    ActionRun.objects.bulk_create([action for rows in actions.values() for action in rows])
    for rows in actions.values():
        publish.segment(EXECUTE_TASK, [row.pk for row in rows], queue=QUEUE)


def _new_run(firing: Firing, *, now: datetime) -> Run:
    trigger = firing.trigger
    return Run(
        workspace_id=firing.workspace_id,
        workflow_id=trigger.workflow_id,
        version_id=trigger.version_id,
        firing=firing,
        event_id=firing.event_id,
        trigger_key=trigger.key,
        status=RunStatus.QUEUED,
        created_at=now,
    )


def _new_actions(run: Run, *, now: datetime) -> list[ActionRun]:
    published = versions.load(run.version_id)
    states = {node.key: planner.State(ActionStatus.PENDING) for node in published.plan.graph.nodes}
    decision = planner.decide(published.plan.graph, states)
    return [
        ActionRun(
            workspace_id=run.workspace_id,
            run=run,
            key=part.id,
            position=position,
            type=part.type,
            status=ActionStatus.QUEUED if part.id in decision.start else ActionStatus.PENDING,
            hinted_at=now if part.id in decision.start else None,
        )
        for position, part in enumerate(published.definition.actions)
    ]


def advance(run: Run, *, now: datetime) -> bool:
    """Do what follows from the states of a run's actions; returns whether its next action is queued.

    The caller holds the row of the run. Publishes nothing: who asks knows whether a message is underway already.
    """
    rows = {row.key: row for row in ActionRun.objects.filter(run=run).only("id", "key", "status")}
    states = {key: planner.State(ActionStatus(row.status)) for key, row in rows.items()}
    decision = planner.decide(versions.load(run.version_id).plan.graph, states)
    if decision.skip:
        ids = [rows[key].pk for key in decision.skip]
        ActionRun.objects.filter(pk__in=ids, status=ActionStatus.PENDING).update(
            status=ActionStatus.SKIPPED, finished_at=now
        )
    if decision.start:
        ids = [rows[key].pk for key in decision.start]
        ActionRun.objects.filter(pk__in=ids, status=ActionStatus.PENDING).update(
            status=ActionStatus.QUEUED, hinted_at=now
        )
    if decision.end:
        run.status = RunStatus(decision.end)
        run.finished_at = now
        run.save(update_fields=["status", "finished_at"])
    return bool(decision.start)


def publish_queued(run_ids: Collection[UUID]) -> None:
    """Publish the chain of each of the runs: its queued action, and the pending ones after it."""
    waiting = {ActionStatus.QUEUED, ActionStatus.PENDING}
    rows = ActionRun.objects.filter(run__in=run_ids, status__in=waiting).order_by("run_id", "position")
    for _, chain in groupby(rows.values_list("run_id", "pk", "status"), key=itemgetter(0)):
        (_, first, status), *following = chain
        if status == ActionStatus.QUEUED:
            publish.segment(EXECUTE_TASK, [first, *(pk for _, pk, _ in following)], queue=QUEUE)
