"""Runs in GraphQL: each with what REST shows of one, loaded for all runs of a page at once."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any
from uuid import UUID

import strawberry
from django.db.models import F, prefetch_related_objects

from actions import usage
from core.api.views import WorkspaceViewSet
from triggers.api import decision_shapes
from triggers.context import event_names
from triggers.models import Event
from workflows.api import notification_shapes, run_shapes
from workflows.graphql import connections, scalars, shapes, siblings
from workflows.graphql.connections import DEFAULT_FIRST, After, First
from workflows.graphql.fields import Info, always, reading
from workflows.graphql.siblings import Siblings
from workflows.models import ActionRun, NotificationDelivery, Run, Workflow, WorkflowVersion
from workflows.selectors import runs
from workflows.selectors.runs import MAX_AROUND, Around
from workflows.services import explaining

MAX_CHILDREN = 100

_ACTION = shapes.output(run_shapes.ActionRunResponse)
_NOTIFICATION = shapes.output(notification_shapes.NotificationResponse)
_DECISION = shapes.output(decision_shapes.DecisionResponse)
_JSON = scalars.Json | None


@strawberry.type(name="RunEvent", description="The event that started a run.")
class RunEvent:
    """By its names, which a list knows, and by what it says, which is read when it is asked for."""

    id: strawberry.ID = strawberry.field(description="The sender's own")
    uid: strawberry.ID = strawberry.field(description="Ours")
    type: str
    run: strawberry.Private["RunNode"]

    @reading(_JSON, area="runs")
    def context(self, info: Info) -> Any:
        """What conditions and templates know as `event`: `source`, `subject`, `time`, `data`, and what came with it."""
        found = self.run.siblings.once("events", _events)
        return event_names(found[self.run.row.event_id])

    @reading(_JSON, area="runs")
    def data(self, info: Info) -> Any:
        """What it says."""
        return self.run.siblings.once("events", _events)[self.run.row.event_id].data


@shapes.node(run_shapes.RunSummary, name="Run")
class RunNode:
    """One execution of a workflow."""

    def __init__(self, row: Run, rows: Siblings[Run]) -> None:
        self.row, self.siblings = row, rows

    @cached_property
    def shown(self) -> run_shapes.RunSummary:
        return run_shapes.summary(self.row)

    @always(RunEvent)
    def event(self) -> RunEvent:
        """The event that started it."""
        event = self.row.event
        uid = strawberry.ID(str(self.row.event_id))
        return RunEvent(id=strawberry.ID(event.event_id), uid=uid, type=event.type, run=self)

    @reading(_JSON, area="runs")
    def trigger(self, info: Info) -> Any:
        """The trigger that fired; null for a run that another run started."""
        self.siblings.once("triggers", lambda rows: prefetch_related_objects([*rows], "firing__trigger"))
        return run_shapes.trigger(self.row)

    @reading(_JSON, area="runs")
    def output(self, info: Info) -> Any:
        """What its `stop` gave."""
        return run_shapes.SHOWN.clean(self.row.output)

    @reading(_JSON, area="runs")
    def variables(self, info: Info) -> Any:
        """What `set_variables` kept."""
        return run_shapes.SHOWN.clean(self.siblings.once("variables", _variables)[self.row.pk])

    @reading(_JSON, area="runs")
    def usage(self, info: Info) -> Any:
        """What its actions used up, as in REST."""
        tried = self.siblings.once("tried", runs.tried_of).get(self.row.pk, 0)
        return {**dict.fromkeys(usage.NAMES, 0), **self.row.usage, "actions": tried}

    @reading(connections.of(_ACTION), area="runs")
    def actions(self, info: Info, first: First = 100, after: After = None) -> Any:
        """Its actions in the order in which they came to be; each item of a list is a row of its own."""
        limit, place = connections.wanted(first, after)
        found = self.siblings.once(("actions", limit, place), lambda rows: _actions(rows, limit=limit + 1, after=place))
        return connections.connected(
            found[self.row.pk], lambda page: [*run_shapes.actions(page, self.row)], limit=limit, after=after
        )

    @reading(connections.of(_NOTIFICATION), area="runs")
    def notifications(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Any:
        """Who was told of what, the oldest first."""
        limit, place = connections.wanted(first, after)

        def load(rows: Sequence[Run]) -> dict[UUID, list[NotificationDelivery]]:
            every = NotificationDelivery.objects.select_related("action_run", "digest")
            ids = [row.pk for row in rows]
            return siblings.first_of_each(every, "run_id", ids, limit=limit + 1, order="id", after=place)

        found = self.siblings.once(("notifications", limit, place), load)
        return connections.connected(
            found[self.row.pk],
            lambda page: [notification_shapes.notification(row) for row in page],
            limit=limit,
            after=after,
        )

    @reading(_JSON, area="runs", cost=5)
    def lineage(self, info: Info) -> Any:
        """The runs around it, as in REST; of the runs that its actions started, the first 100."""
        children, around = self.siblings.once("lineage", _lineage)
        return run_shapes.lineage(self.row, [child.pk for child in children[self.row.pk]], around[self.row.pk])

    @reading(list[_DECISION] | None, area="workflows", cost=50)  # type: ignore[valid-type]  # made of a shape
    def decisions(self, info: Info) -> Any:
        """Why its workflow started for its event: what each of its triggers decided."""
        workflow = Workflow.objects.select_related("active_version").get(pk=self.row.workflow_id)
        event = Event.objects.select_related("workspace").get(pk=self.row.event_id)
        return [decision_shapes.decision(each) for each in explaining.told(workflow, [event]).get(event.pk, [])]


def nodes(rows: Sequence[Run], together: Siblings[Run] | None = None) -> list[RunNode]:
    """These runs, which came together, alone or with others."""
    together = together or Siblings(rows)
    return [RunNode(row, together) for row in rows]


def one(view: WorkspaceViewSet, id_: str) -> RunNode:
    """The run with this id as it is now. Raises `NotFoundError`."""
    row: Run = view.find(runs.listed().rows, id_)
    return nodes([row])[0]


def _events(rows: Sequence[Run]) -> dict[UUID, Event]:
    return Event.objects.in_bulk([row.event_id for row in rows])


def _variables(rows: Sequence[Run]) -> dict[UUID, Any]:
    return dict(Run.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "variables"))


def _actions(rows: Sequence[Run], *, limit: int, after: UUID | None) -> dict[UUID, list[ActionRun]]:
    """The actions of runs; these know their definitions then, which say what an action waits for."""
    ids = {row.version_id for row in rows}
    written = dict(WorkflowVersion.objects.filter(pk__in=ids).values_list("pk", "definition"))
    for row in rows:
        row.version.definition = written[row.version_id]
    return siblings.first_of_each(
        runs.actions(), "run_id", [row.pk for row in rows], limit=limit, order="id", after=after
    )


def _lineage(rows: Sequence[Run]) -> tuple[dict[UUID, list[Run]], dict[UUID, Around]]:
    """The runs that each has started, and what else came of it."""
    prefetch_related_objects([*rows], "parent")
    ids = [row.pk for row in rows]
    started: Any = Run.objects.only("id").annotate(started_by=F("parent__run_id"))
    children = siblings.first_of_each(started, "started_by", ids, limit=MAX_CHILDREN, order="id")
    newest = partial(siblings.first_of_each, of=ids, limit=MAX_AROUND + 1, order="-id")
    consequences = newest(Run.objects.only("id", "cause_id"), "cause_id")
    replays = newest(Run.objects.only("id", "replay_of_id"), "replay_of_id")
    events = newest(Event.objects.only("id", "type", "cause_run"), "cause_run")
    return children, {pk: Around(consequences[pk], replays[pk], events[pk]) for pk in ids}
