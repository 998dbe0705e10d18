"""Whoever wants a run, its lane is the same: by hand, an action of another run, a run that failed, a schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Workspace
from tests import factories, lanes, runner, schedules
from triggers.models import Event
from triggers.services import matching, ticking
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import stopping, workflows
from workflows.services.repair import rerunning

pytestmark = pytest.mark.django_db

SKIP = {"limit": 1, "on_limit": "skip"}
FAILS = {"id": "boom", "type": "fail", "params": {"message": "no"}}
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def calling(**retry: Any) -> dict[str, Any]:
    return {"id": "call", "type": "workflow", "params": {"workflow": "Sync"}, "retry": {"jitter": False, **retry}}


def test_a_run_by_hand_waits_too_and_says_so(scope: Workspace, api: APIClient) -> None:
    workflow = lanes.published(scope, concurrency=1)
    lanes.sent(scope)

    answer = api.post(f"/api/v1/workflows/{workflow.pk}/execute/", {}, format="json")

    assert answer.status_code == 202
    run = Run.objects.latest("id")
    shown = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    assert (shown["status"], shown["held"]["reason"]) == ("queued", "concurrency: 1 of 1 runs goes on")
    assert (shown["held"]["until"], shown["held"]["since"]) == (None, shown["created_at"])
    [held] = api.get("/api/v1/workflow-runs/?held=true").json()["results"]
    [other] = api.get("/api/v1/workflow-runs/?held=false").json()["results"]
    assert (held["id"], other["held"]) == (str(run.pk), None)


def test_a_run_by_hand_that_may_not_start_is_refused_and_leaves_nothing(scope: Workspace, api: APIClient) -> None:
    workflow = lanes.published(scope, concurrency=SKIP)
    lanes.sent(scope)

    answer = api.post(f"/api/v1/workflows/{workflow.pk}/execute/", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (429, "concurrency")
    assert "concurrency: 1 of 1 runs goes on" in answer.json()["detail"]
    assert (Run.objects.count(), Event.objects.filter(type="manual.started").count()) == (1, 0)


def test_a_run_that_an_action_starts_waits_and_the_action_with_it(scope: Workspace) -> None:
    lanes.published(scope, concurrency=1)
    first = lanes.sent(scope)
    factories.published(scope, factories.definition(calling(), name="Caller", triggers=[{"type": "call.me"}]))
    matching.match(factories.event(scope, "call.me").pk)
    caller = Run.objects.get(workflow__name="Caller")
    runner.drain(caller)
    child = Run.objects.get(parent__run=caller)
    assert lanes.now([first, child, caller]) == ["queued", "held", "waiting"]

    runner.drain()
    lanes.opened()
    runner.drain()

    assert lanes.now([first, child, caller]) == ["completed", "completed", "completed"]


def test_an_action_whose_run_is_refused_goes_by_its_retry_policy(scope: Workspace) -> None:
    lanes.published(scope, concurrency=SKIP)
    lanes.sent(scope)
    retried = calling(max_attempts=2, initial_seconds=60)
    factories.published(scope, factories.definition(retried, name="Caller", triggers=[{"type": "call.me"}]))
    matching.match(factories.event(scope, "call.me").pk)
    caller = Run.objects.get(workflow__name="Caller")

    runner.drain(caller)
    row = ActionRun.objects.get(run=caller)
    assert (row.status, row.attempt, (row.error or {})["code"]) == ("waiting", 1, "concurrency")
    assert list(ActionAttempt.objects.values_list("outcome", flat=True)) == ["failed"]
    runner.drain()  # the run that kept it from starting ends
    runner.pass_time(seconds=61)
    runner.drain()

    assert runner.states(caller) == {"call": "completed"}
    assert Run.objects.filter(parent__run=caller, status="completed").count() == 1


def test_a_run_does_not_wait_for_a_place_that_a_run_has_which_waits_for_it(scope: Workspace) -> None:
    itself = {**calling(max_attempts=1), "params": {"workflow": "Mid"}}
    workflow = lanes.published(scope, concurrency=1)
    factories.published(scope, factories.definition(calling(max_attempts=1), name="Mid", trigger="manual"))
    workflows.update(workflow, factories.definition(itself, name="Sync", settings={"concurrency": 1}))
    workflows.publish(workflow, published_by="ada")
    lanes.sent(scope)

    for _ in range(3):
        runner.drain()

    mid = Run.objects.get(workflow__name="Mid")
    assert (mid.status, (mid.error or {})["code"]) == ("failed", "concurrency")
    assert "would wait for ever" in (mid.error or {})["message"]
    assert set(Run.objects.values_list("status", flat=True)) == {"failed"}


def test_an_action_whose_run_is_refused_for_good_fails(scope: Workspace) -> None:
    lanes.published(scope, concurrency=SKIP)
    lanes.sent(scope)
    factories.published(
        scope, factories.definition(calling(max_attempts=1), name="Caller", triggers=[{"type": "call.me"}])
    )
    matching.match(factories.event(scope, "call.me").pk)
    caller = Run.objects.get(workflow__name="Caller")

    runner.drain(caller)

    caller.refresh_from_db()
    assert (caller.status, (caller.error or {})["code"]) == ("failed", "concurrency")


def test_an_action_whose_run_has_a_key_that_cannot_be_read_fails_at_once(scope: Workspace) -> None:
    lanes.published(scope, concurrency={"limit": 1, "key": "{{ event.data.absent }}"})
    factories.published(
        scope, factories.definition(calling(max_attempts=3), name="Caller", triggers=[{"type": "call.me"}])
    )
    matching.match(factories.event(scope, "call.me").pk)
    caller = Run.objects.get(workflow__name="Caller")

    runner.drain(caller)

    caller.refresh_from_db()
    assert (caller.status, (caller.error or {}).get("code"), caller.action_runs.get().attempt) == ("failed", "key", 1)


def test_a_run_that_handles_a_failure_waits_or_does_not_start(scope: Workspace) -> None:
    handler = lanes.published(scope, lanes.WAIT, name="Handler", concurrency=1)
    factories.published(
        scope,
        factories.definition(FAILS, name="Fails", triggers=[{"type": "go.wrong"}], settings={"on_failure": "Handler"}),
    )
    for _ in range(2):
        matching.match(factories.event(scope, "go.wrong").pk)
        runner.drain()
    assert lanes.now(list(Run.objects.filter(workflow=handler).order_by("id"))) == ["waiting", "held"]


def scheduled(scope: Workspace, **params: Any) -> list[Run]:
    """The runs of two times, one after the other."""
    row = schedules.published(scope, lanes.WAIT, cron="* * * * *", **params)
    schedules.due_at(row, NINE, anchor=NINE)
    for minute in range(2):
        ticking.tick(now=NINE + timedelta(minutes=minute))
        matching.match(Event.objects.latest("id").pk)
        runner.drain()
    return list(Run.objects.order_by("id"))


def test_times_of_a_schedule_wait_for_each_other(scope: Workspace) -> None:
    runs = scheduled(scope, overlap="queue")

    assert lanes.now(runs) == ["waiting", "held"]
    assert Run.objects.get(pk=runs[1].pk).held_reason == "overlap: the run of a time before still goes on"
    workflows.pause(runs[0].workflow)
    runner.finish(runs[0])
    matching.match(factories.event(scope, "never.comes").pk)
    runner.drain()
    lanes.opened()

    assert lanes.now(runs) == ["completed", "queued"]  # of a paused workflow, too: it was let in before


@pytest.mark.parametrize("word", ["cancel_running", "cancel"])
def test_a_time_of_a_schedule_takes_the_place_of_the_one_before(scope: Workspace, word: str) -> None:
    runs = scheduled(scope, overlap=word)

    lanes.opened()

    assert lanes.now(runs) == ["cancelled", "queued"]
    assert Run.objects.filter(error__code="superseded").count() == 1


def test_replays_of_a_schedules_run_go_by_the_lane_that_they_are_in(scope: Workspace) -> None:
    scope.flow = {"defaults": {"concurrency": {"limit": 2}}}
    scope.save()
    runs = scheduled(scope, overlap="queue")
    for run in runs:
        stopping.cancel(run.pk)
    replays = [rerunning.rerun(runs[0].pk, by="ada") for _ in range(3)]
    assert lanes.now(replays) == ["queued", "queued", "held"]

    stopping.cancel(replays[0].pk)
    lanes.opened()

    assert lanes.now(replays) == ["cancelled", "queued", "queued"]
