"""Workflows in GraphQL, their versions, and why they started or did not."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

import strawberry
from django.db.models import QuerySet

from core.api.views import WorkspaceViewSet
from triggers.api.decision_shapes import DecisionResponse
from triggers.models import Event
from triggers.services.explaining import Account
from workflows.api import decision_shapes, stats_views, version_shapes, version_views
from workflows.api import shapes as workflow_shapes
from workflows.api.decision_shapes import EventDecision
from workflows.api.lifecycle_views import publisher_of
from workflows.engine.states import RunStatus
from workflows.graphql import connections, run_nodes, scalars, shapes, siblings
from workflows.graphql.connections import DEFAULT_FIRST, After, First
from workflows.graphql.fields import Info, reading
from workflows.graphql.siblings import Siblings
from workflows.models import Workflow, WorkflowVersion
from workflows.selectors import events, runs, versions
from workflows.selectors import workflows as selectors
from workflows.selectors.events import Verdict
from workflows.services import explaining, workflows
from workflows.services.flow import circuits

_JSON = scalars.Json | None
_DECISION = shapes.output(DecisionResponse)
_PROBLEM = shapes.output(workflow_shapes.ProblemResponse)
Moment = Annotated[str | None, strawberry.argument(graphql_type=scalars.Instant | None)]
OfStatus = Annotated[RunStatus | None, strawberry.argument(graphql_type=shapes.enum(RunStatus) | None)]
OfVerdict = Annotated[Verdict | None, strawberry.argument(graphql_type=shapes.enum(Verdict) | None)]


@shapes.node(version_shapes.VersionSummary, name="Version")
class VersionNode:
    """What was published, which never changes."""

    def __init__(self, row: WorkflowVersion, active: UUID | None, rows: Siblings[WorkflowVersion]) -> None:
        self.row, self.active, self.siblings = row, active, rows

    @cached_property
    def shown(self) -> version_shapes.VersionSummary:
        going = self.siblings.once("going", versions.going)
        return version_shapes.summary(self.row, active=self.active, going=going.get(self.row.pk, 0))

    @reading(_JSON, area="workflows")
    def definition(self, info: Info) -> Any:
        """Its definition."""
        return self.siblings.once("definitions", _definitions)[self.row.pk]


@strawberry.type(name="EventDecisions", description="What became of an event at each trigger of a workflow.")
class EventDecisions:
    """The event, and what was decided."""

    event: decision_shapes.EventName = strawberry.field(graphql_type=shapes.output(decision_shapes.EventName))
    decisions: list[EventDecision] = strawberry.field(graphql_type=list[_DECISION])  # type: ignore[valid-type]


@shapes.node(workflow_shapes.WorkflowSummary, name="Workflow")
class WorkflowNode:
    """An automation: a draft that is edited, and the version that runs."""

    def __init__(self, row: Workflow, view: WorkspaceViewSet, rows: Siblings[Workflow]) -> None:
        self.row, self.view, self.siblings = row, view, rows

    @cached_property
    def shown(self) -> workflow_shapes.WorkflowSummary:
        found = self.siblings.once("circuits", lambda rows: circuits.shown(rows, self.view.caller.workspace))
        return workflow_shapes.summary(self.row, found.get(self.row.pk))

    @reading(_JSON, area="workflows")
    def draft(self, info: Info) -> Any:
        """The definition being edited, in canonical form, of which `problems` speak."""
        return self._whole().draft

    @reading(_JSON, area="workflows")
    def layout(self, info: Info) -> Any:
        """Where React Flow's nodes of the draft stand."""
        return self._whole().layout

    @reading(list[_PROBLEM] | None, area="workflows", cost=50)  # type: ignore[valid-type]  # made of a shape
    def problems(self, info: Info) -> Any:
        """What keeps the draft from being published; empty when nothing does."""
        return workflows.problems(self._whole(), role=publisher_of(self.view.caller.role))

    @reading(connections.of(VersionNode), area="workflows")
    def versions(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Any:
        """Its versions, the newest first."""
        every = WorkflowVersion.objects.defer("definition")
        return self._listed("versions", every, self._versions, first=first, after=after)

    @reading(VersionNode | None, area="workflows", cost=5)
    def version(self, info: Info, number: int) -> Any:
        """One version by its number."""
        found = [versions.find(self.row, number)]
        return self._versions(found, Siblings(found))[0]

    @reading(shapes.output(version_shapes.DiffResponse) | None, area="workflows", cost=50)
    def diff(self, info: Info, version: str = "draft", against: str = "previous") -> Any:
        """What changed from `against` to `version`: a number, `draft` or `active`; `previous`: the one before."""
        self._whole()
        return version_views.compared(self.row, version[:20], against=against[:20])

    @reading(connections.of(run_nodes.RunNode), area="runs")
    def runs(self, info: Info, first: First = DEFAULT_FIRST, after: After = None, status: OfStatus = None) -> Any:
        """Its runs, the newest first."""
        every = runs.listed(status=status).every()
        return self._listed(f"runs {status}", every, run_nodes.nodes, first=first, after=after)

    @reading(shapes.output(stats_views.StatsResponse) | None, area="runs", cost=200)
    def stats(self, info: Info, since: Moment = None, until: Moment = None) -> Any:
        """What it saw, started and used up in a period; default: the last 30 days."""
        query = shapes.parse(stats_views.StatsQuery, {"since": since, "until": until}, path="")
        return stats_views.of_period(self.row.pk, query)

    @reading(connections.of(EventDecisions), area="workflows", of_each=20)
    def decisions(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, verdict: OfVerdict = None
    ) -> Any:
        """Why it started or did not, the newest events first."""

        def told(page: list[Event]) -> list[EventDecisions]:
            found = explaining.told(self.row, page, verdict=verdict)
            return [_told(event, found.get(event.pk, [])) for event in page]

        return connections.page(events.of_workflow(self.row.pk, verdict=verdict), told, first=first, after=after)

    def _whole(self) -> Workflow:
        """The row with its draft, which a list leaves out."""
        if "draft" in self.row.get_deferred_fields():
            self.siblings.once("drafts", _fill)
        return self.row

    def _versions(self, rows: Sequence[WorkflowVersion], together: Siblings[WorkflowVersion]) -> list[VersionNode]:
        return [VersionNode(row, self.row.active_version_id, together) for row in rows]

    def _listed(self, what: str, rows: QuerySet[Any], shape: Any, *, first: int, after: str | None) -> Any:
        """A page of what belongs to the workflow, loaded for all workflows of its own page."""
        limit, place = connections.wanted(first, after)

        def load(owners: Sequence[Workflow]) -> tuple[dict[UUID, list[Any]], Siblings[Any]]:
            ids = [row.pk for row in owners]
            each = siblings.first_of_each(rows, "workflow_id", ids, limit=limit + 1, order="-id", after=place)
            return each, Siblings(row for some in each.values() for row in some[:limit])

        found, together = self.siblings.once((what, limit, place), load)
        return connections.connected(found[self.row.pk], lambda page: shape(page, together), limit=limit, after=after)


def nodes(rows: Sequence[Workflow], view: WorkspaceViewSet) -> list[WorkflowNode]:
    """These workflows, which came together."""
    together = Siblings(rows)
    return [WorkflowNode(row, view, together) for row in rows]


def one(view: WorkspaceViewSet, id_: str) -> WorkflowNode:
    """The workflow with this id or slug as it is now. Raises `NotFoundError`."""
    return nodes([selectors.find(id_)], view)[0]


def _definitions(rows: Sequence[WorkflowVersion]) -> dict[UUID, Any]:
    return dict(WorkflowVersion.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "definition"))


def _fill(rows: Sequence[Workflow]) -> None:
    """Give the rows what the list left out, with the definitions that are active."""
    ids = [row.pk for row in rows]
    found = Workflow.objects.select_related("active_version").in_bulk(ids)
    for row in rows:
        row.draft, row.layout, row.active_version = (
            found[row.pk].draft,
            found[row.pk].layout,
            found[row.pk].active_version,
        )


def _told(event: Event, accounts: list[Account]) -> EventDecisions:
    name = decision_shapes.EventName(
        id=event.event_id, uid=str(event.pk), type=event.type, received_at=event.received_at
    )
    return EventDecisions(event=name, decisions=decision_shapes.decisions(event, accounts))
