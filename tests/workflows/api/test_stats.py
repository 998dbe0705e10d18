"""Statistics of a workflow over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import ids, tenancy
from core.models import Workspace
from tests import factories, runner
from tests.conftest import ClientFor
from triggers.models import Decision, Event, Subscription, Trigger
from triggers.services import matching
from workflows.models import Run, Workflow
from workflows.selectors import run_counts, stats
from workflows.services import starting, workflows

pytestmark = pytest.mark.django_db

TRYING = {"type": "test_trying", "params": {"succeed_on_attempt": 1, "costs": 0.1}}


def url(workflow: Workflow) -> str:
    return f"/api/v1/workflows/{workflow.pk}/stats/"


def happen(workspace: Workspace, *leads: dict[str, Any], type_: str = "lead.created") -> None:
    matching.match_many([factories.event(workspace, type_, **lead).pk for lead in leads])
    runner.drain()


def take(run: Run, *, seconds: float, created_at: datetime | None = None) -> None:
    """Let a run have taken so long, and have begun then."""
    begun = created_at or run.created_at
    columns: dict[str, Any] = {"started_at": begun, "finished_at": begun + timedelta(seconds=seconds)}
    with tenancy.scope(run.workspace_id):
        Run.objects.filter(pk=run.pk).update(created_at=begun, **columns)


def test_everything_is_counted_exactly(api: APIClient, workspace: Workspace) -> None:
    params = {"succeed_on_attempt": 0, "is_retryable": False, "costs": 0.2}
    bad = {"type": "test_trying", "if": {"field": "n", "operator": "eq", "value": 2}, "params": params}
    trigger = {"type": "lead.*", "filters": {"n": {"gte": 1}}}
    workflow = factories.published(workspace, factories.definition(TRYING, bad, trigger=trigger))
    happen(workspace, {"n": 0}, {"n": 1}, {"n": 2}, {"n": 3})
    happen(workspace, {"n": 1}, type_="lead.closed")
    happen(workspace, {"n": 1}, type_="deal.won")
    with tenancy.scope(workspace.pk):
        workflow.refresh_from_db()
        starting.execute(workflow, {"n": 1}, idempotency_key="", by="test")
        for seconds, run in enumerate(Run.objects.exclude(status="queued").order_by("pk"), start=1):
            take(run, seconds=seconds)

    answer = api.get(url(workflow)).json()

    del answer["since"], answer["until"]
    runs = dict.fromkeys(["queued", "running", "waiting", "completed", "failed", "cancelled", "needs_decision"], 0)
    assert answer == {
        "events_seen": 5,
        "matched": 4,
        "fired": 4,
        "suppressed": 0,
        "pending": 0,
        "undecided": 0,
        "runs": {**runs, "total": 5, "queued": 1, "completed": 3, "failed": 1},
        "avg_duration_ms": 2500,  # (1 + 2 + 3 + 4) / 4
        "p95_duration_ms": 4000,
        "usage": {
            "ai_tokens": 0,
            "estimated_cost": 0.6,  # 4 * 0.1 + 0.2
            "webhooks_called": 8,
            "http_calls": 0,
            "emails_sent": 0,
            "actions": 5,
        },
        "is_estimate": False,
    }


def test_what_was_held_back_has_matched(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    happen(workspace, {}, {})
    with tenancy.scope(workspace.pk):
        trigger, subscription = Trigger.objects.get(), Subscription.objects.get()
        for verdict, event in zip(["suppressed", "failed"], Event.objects.all(), strict=True):
            Decision.objects.create(
                workspace=workspace,
                event=event,
                trigger=trigger,
                subscription=subscription,
                verdict=verdict,
                decided_at=timezone.now(),
            )

    answer = api.get(url(workflow)).json()

    assert {name: answer[name] for name in ("events_seen", "matched", "fired", "suppressed", "undecided")} == {
        "events_seen": 2, "matched": 3, "fired": 2, "suppressed": 1, "undecided": 1,
    }  # fmt: skip


def test_events_count_while_it_listened_and_once(api: APIClient, workspace: Workspace) -> None:
    triggers = [{"type": "lead.created"}, {"type": "lead.*", "filters": {"n": 9}}]
    workflow = factories.published(workspace, factories.definition(triggers=triggers))
    happen(workspace, {})
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
    happen(workspace, {})
    with tenancy.scope(workspace.pk):
        workflows.resume(workflow)
        workflows.publish(workflow, published_by="test")
    happen(workspace, {})

    assert api.get(url(workflow)).json()["events_seen"] == 2


def test_only_what_lies_in_the_period_counts(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    happen(workspace, {})
    later = (timezone.now() + timedelta(seconds=1)).isoformat()
    begun = (timezone.now() - timedelta(hours=1)).isoformat()

    now = api.get(url(workflow), {"since": begun, "until": later}).json()
    before = api.get(url(workflow), {"since": "2020-01-01", "until": "2020-12-31"}).json()

    assert (now["events_seen"], now["fired"], now["runs"]["total"], now["usage"]["actions"]) == (1, 1, 1, 1)
    assert (before["events_seen"], before["fired"], before["runs"]["total"], before["usage"]["actions"]) == (0, 0, 0, 0)
    assert (before["avg_duration_ms"], before["p95_duration_ms"]) == (None, None)


def test_the_default_is_thirty_days(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)

    answer = api.get(url(workflow)).json()

    assert datetime.fromisoformat(answer["until"]) - datetime.fromisoformat(answer["since"]) == timedelta(days=30)


def test_the_95th_of_100_durations_is_a_duration(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    with tenancy.scope(workspace.pk):
        happen(workspace, {})
        first = Run.objects.get()
        now = timezone.now()
        Run.objects.bulk_create(
            Run(
                workspace=workspace,
                workflow=workflow,
                version=first.version,
                event=first.event,
                status="completed",
                created_at=now,
                started_at=now,
                finished_at=now + timedelta(milliseconds=10 * number),
            )
            for number in range(1, 101)
        )
        first.delete()

    answer = api.get(url(workflow)).json()

    assert (answer["avg_duration_ms"], answer["p95_duration_ms"]) == (505, 950)


def test_very_many_actions_are_an_estimate_that_says_so(
    api: APIClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_counts, "MOST_ACTIONS", 2)
    workflow = factories.published(workspace, factories.definition(TRYING, TRYING))
    happen(workspace, {}, {}, {})

    answer = api.get(url(workflow)).json()

    assert (answer["usage"]["actions"], answer["is_estimate"], answer["runs"]["total"]) == (6, True, 3)


@pytest.mark.parametrize(
    "query",
    [
        {"since": "x"},
        {"since": "2026-01-02", "until": "2026-01-01"},
        {"since": "2026-01-01", "until": "2026-01-01"},
        {"since": "2020-01-01", "until": "2026-01-01"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"days": "3"},
    ],
    ids=str,
)
def test_a_period_that_is_none_is_refused(api: APIClient, workspace: Workspace, query: dict[str, str]) -> None:
    answer = api.get(url(factories.published(workspace)), query)

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, f"/{next(iter(query))}")


def test_the_first_and_the_last_instants_are_periods_too(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)

    for until in ("1970-01-02T00:00:01Z", "9998-12-31"):
        assert api.get(url(workflow), {"until": until}).status_code == 200


def test_a_workflow_of_another_workspace_does_not_exist(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    workflow = factories.published(workspace)

    assert client_for(other_workspace).get(url(workflow)).status_code == 404


def test_runs_are_found_by_an_index_and_never_by_reading_all(
    workspace: Workspace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    happens = [factories.published(workspace, factories.definition(name=f"W{n}")) for n in range(4)]
    happen(workspace, {})
    with tenancy.scope(workspace.pk):
        fill(happens, now)
        with django_assert_max_num_queries(10) as asked:
            stats.of_workflow(happens[0].pk, since=now - timedelta(days=30), until=now)

    for query in asked.captured_queries:
        if "workflows_run r" in query["sql"]:
            plan = explained(query["sql"])
            assert "Index Cond: ((id >= " in plan or "Index Cond: ((workflow_id = " in plan
            assert "Seq Scan on workflows_run " not in plan


def fill(of: list[Workflow], now: datetime) -> None:
    """Runs of four workflows in equal parts, two years of them: a hundredth is of one workflow and the last 30 days."""
    first = Run.objects.all()[0]
    rows = []
    for number in range(6000):
        begun = now - timedelta(days=730 * number / 6000)
        id_ = UUID(int=ids.first_at(begun).int + number)
        row = Run(id=id_, workspace_id=first.workspace_id, workflow=of[number % 4], version_id=first.version_id)
        row.event_id, row.created_at, row.status = first.event_id, begun, "completed"
        rows.append(row)
    Run.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workflows_run, workflows_actionrun")


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())
