import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import ids, tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Event
from workflows.models import ActionRun, Run, RunHour, Workflow
from workflows.selectors import run_counts
from workflows.selectors.run_counts import Came, Span
from workflows.services import rollups

pytestmark = pytest.mark.django_db

NOW = timezone.now()
STATUSES = ("completed", "completed", "failed", "waiting", "cancelled")


def begin(workflow: Workflow, event: Event, at: datetime, chance: random.Random) -> Run:
    """A run that began then, with actions, and what it used up."""
    pk = str(ids.first_at(at))[:14] + str(ids.new_id())[14:]
    run = Run(
        pk=pk, workspace_id=workflow.workspace_id, workflow=workflow, version_id=_version(workflow), event=event,
        created_at=at,  usage={"http_calls": chance.randrange(3), "estimated_cost": chance.choice([0.1, 0.25])},
    )  # fmt: skip
    change(run, chance)
    ActionRun.objects.bulk_create(
        ActionRun(workspace_id=run.workspace_id, run=run, key=str(n), position=n, type="log_event", attempt=n % 2)
        for n in range(chance.randrange(4))
    )
    return run


def _version(workflow: Workflow) -> Any:
    return Workflow.objects.values_list("active_version", flat=True).get(pk=workflow.pk)


def change(run: Run, chance: random.Random) -> None:
    run.status = chance.choice(STATUSES)
    run.started_at = run.created_at
    took = timedelta(milliseconds=chance.randrange(10_000))
    run.finished_at = None if run.status == "waiting" else run.created_at + took
    run.save()


def plain(found: dict[Any, Came]) -> dict[Any, Any]:
    names = ("runs", "fired", "ended", "took_us", "tried", "took")
    return {
        key: {name: getattr(came, name) for name in names} | {"usage": dict(came.usage)} for key, came in found.items()
    }


def recount(since: datetime, until: datetime, workflow: Workflow | None, workspace: Workspace) -> dict[Any, Any]:
    if workflow is None:
        return plain(run_counts.counted([(workspace.pk, Span(since, until))], of="workspace"))
    return plain(run_counts.counted([(workflow.pk, Span(since, until))]))


def test_what_was_counted_is_what_counting_again_finds_whatever_happened_since(workspace: Workspace) -> None:
    chance = random.Random(45)
    workflows = [factories.published(workspace, factories.definition(name=name)) for name in ("a", "b")]
    event = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        runs: list[Run] = []
        for turn in range(60):
            at = NOW - timedelta(minutes=chance.randrange(60 * 12))
            match chance.randrange(6):
                case 0 | 1 | 2:
                    runs.append(begin(chance.choice(workflows), event, at, chance))
                case 3 if runs:
                    change(chance.choice(runs), chance)
                case 4 if runs:
                    runs.pop(chance.randrange(len(runs))).delete()
                case _:
                    rollups.fold()
            if turn % 5 == 0:
                since, until = sorted(NOW - timedelta(minutes=chance.randrange(60 * 13)) for _ in range(2))
                for workflow in (workflows[0], None):
                    found = run_counts.of_period(since, until, workflow.pk if workflow else None)
                    assert plain(found) == recount(since, until, workflow, workspace)
        assert RunHour.objects.filter(state="counted").count() >= 3


def test_hours_that_were_counted_are_not_read_again(workspace: Workspace) -> None:
    workflow, event = factories.published(workspace), factories.event(workspace)
    with tenancy.scope(workspace.pk):
        for hour in (2, 9):
            begin(workflow, event, NOW - timedelta(hours=hour), random.Random(hour))
        rollups.fold()
        eight = NOW - timedelta(hours=8)
        RunHour.objects.filter(at__lt=eight).update(counts={"failed": {
            "runs": 7, "fired": 0, "ended": 0, "took_us": 0, "took": None, "tried": 0, "asked": 7, "usage": None,
        }})  # fmt: skip

        found = run_counts.of_period(NOW - timedelta(hours=10), NOW, workflow.pk)

    assert sum(came.runs for (_, at, status), came in found.items() if status == "failed" and at < eight) == 7


def test_rebuilding_counts_the_same_again(workspace: Workspace) -> None:
    workflow, event = factories.published(workspace), factories.event(workspace)
    with tenancy.scope(workspace.pk):
        for hour in range(3, 9):
            begin(workflow, event, NOW - timedelta(hours=hour), random.Random(hour))
        rollups.fold()
        before = list(RunHour.objects.order_by("at").values_list("at", "state", "counts"))

        done = rollups.rebuild()

        assert done == len(before) == 6
        assert list(RunHour.objects.order_by("at").values_list("at", "state", "counts")) == before
