"""What streams tell of runs and workflows: each kind read for all who watch it, in a fixed number of statements."""

from collections.abc import Collection
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from core import tenancy
from core.models import DeadLetter
from core.streams.readers import Documents
from workflows.engine.states import GOING_RUN
from workflows.models import ActionRun, Run, Workflow
from workflows.selectors import dashboards
from workflows.selectors.runs import MAX_ACTIONS
from workflows.selectors.runs import listed as listed_runs

NEWEST = 50  # runs of each workflow, and of the workspace
MOST_GOING = 200  # runs that have not ended, of those that are older
NEWEST_LETTERS = 50
MOST_WORKFLOWS = 500

Json = dict[str, Any]


class Shapes(Protocol):
    """How rows are shown, which the API knows."""

    def run(self, row: Run) -> Json: ...
    def action(self, row: ActionRun) -> Json: ...
    def dashboard(self, found: dashboards.Dashboard) -> Json: ...
    def letter(self, row: DeadLetter) -> Json: ...


class Readers:
    """The readers of each kind of subject (`core.streams.readers`)."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def run(self, keys: Collection[str]) -> dict[str, Documents]:
        """Runs, each with its actions. The run is read before them, so that they are never older than its end."""
        ids = [UUID(key) for key in keys]
        found: dict[str, dict[tuple[str, str], Json]] = {
            str(row.pk): {("run", str(row.pk)): self._shapes.run(row)} for row in listed_runs().rows.filter(pk__in=ids)
        }
        for row in _actions(ids):
            if str(row.run_id) in found and len(found[str(row.run_id)]) <= MAX_ACTIONS:
                found[str(row.run_id)]["action", str(row.pk)] = self._shapes.action(row)
        return {**found}

    def runs(self, keys: Collection[str]) -> dict[str, Documents]:
        """The newest runs of a workflow, or of the workspace (""), and those that have not ended."""
        found: dict[str, Documents] = {}
        for key in keys:
            rows = listed_runs(workflow=key or None).rows
            newest = list(rows.order_by("-id")[:NEWEST])
            going = [row for row in _going(rows) if newest and row.pk < newest[-1].pk]
            found[key] = {("run", str(row.pk)): self._shapes.run(row) for row in [*going, *newest]}
        return found

    def workflow(self, keys: Collection[str]) -> dict[str, Documents]:
        """The states of workflows; "" is all of them."""
        rows = Workflow.objects.select_related("active_version").order_by("-id")
        asked = rows if "" in keys else rows.filter(pk__in=[UUID(key) for key in keys])
        shown = {str(row.pk): _workflow(row) for row in _lean(asked)[:MOST_WORKFLOWS]}
        every = {("workflow", key): each for key, each in shown.items()}
        found: dict[str, Documents] = {"": every}
        for key in keys:
            if key in shown:
                found[key] = {("workflow", key): shown[key]}
        return found

    def dead_letters(self, _: Collection[str]) -> dict[str, Documents]:
        """The newest dead letters, whatever became of them."""
        rows = DeadLetter.objects.order_by("-id")[:NEWEST_LETTERS]
        return {"": {("dead_letter", str(row.pk)): self._shapes.letter(row) for row in rows}}

    def dashboard(self, _: Collection[str]) -> dict[str, Documents]:
        """The figures of the dashboard."""
        found = dashboards.read([tenancy.current_workspace_id()], now=timezone.now())
        return {"": {("dashboard", ""): self._shapes.dashboard(found)}}


def _actions(run_ids: Collection[UUID]) -> QuerySet[ActionRun]:
    fields = ("id", "run_id", "key", "iteration", "type", "status", "attempt", "port", "error", "due_at")
    return ActionRun.objects.filter(run__in=run_ids).order_by("id").only(*fields, "started_at", "finished_at")


def _going(rows: QuerySet[Run]) -> list[Run]:
    """By status, so that each is found in the index of it."""
    return [row for status in sorted(GOING_RUN) for row in rows.filter(status=status).order_by("-id")[:MOST_GOING]]


def _lean(rows: QuerySet[Workflow]) -> QuerySet[Workflow]:
    return rows.defer("draft", "layout", "active_version__definition")


def _workflow(row: Workflow) -> Json:
    version = row.active_version
    return {
        "id": str(row.pk),
        "name": row.name,
        "slug": row.slug,
        "status": row.status,
        "active_version": version.number if version else None,
        "revision": row.revision,
    }
