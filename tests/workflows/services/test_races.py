"""Two that do the same thing at the same instant, each with a connection of its own."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories, races, runner
from tests.workflows.services.conftest import StartRun
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import claims, execution, outcomes, performing, recovery, stopping

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

BRANCHES = 6


def step(key: str, **changes: Any) -> dict[str, Any]:
    return {"id": key, **factories.log_event("x"), **changes}


def queued(workspace: Workspace) -> list[UUID]:
    with tenancy.scope(workspace.pk):
        return list(ActionRun.objects.filter(status="queued").order_by("position").values_list("pk", flat=True))


def test_branches_that_end_at_once_start_what_joins_them_once(workspace: Workspace, start_run: StartRun) -> None:
    keys = [f"b{number}" for number in range(BRANCHES)]
    run = start_run(*[step(key, needs=[]) for key in keys], step("join", needs=keys))
    ids = queued(workspace)
    assert len(ids) == BRANCHES

    races.at_once(lambda number: execution.execute(ids[number]), threads=BRANCHES)
    runner.drain()

    assert set(runner.states(run).values()) == {"completed"}
    with tenancy.scope(workspace.pk):
        assert Run.objects.get().status == "completed"
        assert ActionAttempt.objects.filter(action_run__key="join").count() == 1


def test_items_that_end_at_once_end_their_loop_once(workspace: Workspace, start_run: StartRun) -> None:
    each = {**step("each"), "for_each": {"items": list(range(BRANCHES)), "max_parallel": BRANCHES}}
    run = start_run(each, step("after"))
    execution.execute(queued(workspace)[0])
    ids = queued(workspace)
    assert len(ids) == BRANCHES

    races.at_once(lambda number: execution.execute(ids[number]), threads=BRANCHES)
    runner.drain()

    assert runner.outputs(run)["each"]["count"] == BRANCHES
    assert set(runner.states(run).values()) == {"completed"}
    with tenancy.scope(workspace.pk):
        assert ActionAttempt.objects.filter(action_run__key="after").count() == 1


def test_an_instant_action_that_two_workers_do_at_once_is_recorded_once(
    workspace: Workspace, start_run: StartRun
) -> None:
    start_run(step("once"), step("after"))
    (wanted,) = queued(workspace)

    races.at_once(lambda _: execution.execute(wanted), threads=4)

    with tenancy.scope(workspace.pk):
        assert ActionAttempt.objects.filter(action_run=wanted).count() == 1


@pytest.mark.parametrize("_", range(5))
def test_a_run_that_is_cancelled_while_its_actions_end_comes_to_an_end(
    workspace: Workspace, start_run: StartRun, _: int
) -> None:
    keys = [f"b{number}" for number in range(3)]
    run = start_run(*[step(key, needs=[]) for key in keys], *[step(f"then_{key}", needs=[key]) for key in keys])
    ids = queued(workspace)

    def act(number: int) -> None:
        if number < len(ids):
            execution.execute(ids[number])
        else:
            with tenancy.scope(workspace.pk):
                stopping.cancel(run.pk)

    races.at_once(act, threads=len(ids) + 1)
    runner.drain()

    with tenancy.scope(workspace.pk):
        run.refresh_from_db()
    assert run.status in {"cancelled", "completed"}
    assert set(runner.states(run).values()) <= {"completed", "cancelled", "skipped"}


def test_two_sweepers_end_a_lost_try_once(workspace: Workspace, start_run: StartRun) -> None:
    start_run({"id": "try", "type": "test_trying", "params": {"succeed_on_attempt": 2}})
    (wanted,) = queued(workspace)
    assert claims.claim(wanted) is not None
    with tenancy.scope(workspace.pk):
        ActionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    races.at_once(lambda _: recovery.sweep(), threads=4)

    with tenancy.scope(workspace.pk):
        assert list(ActionAttempt.objects.values_list("number", "outcome")) == [(1, "lost")]


def test_two_sweepers_queue_what_is_due_once(workspace: Workspace, start_run: StartRun) -> None:
    start_run({"id": "wait", "type": "delay", "params": {"seconds": 60}})
    runner.drain()
    with tenancy.scope(workspace.pk):
        ActionRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    found = races.at_once(lambda _: recovery.requeue_due(), threads=4)

    assert sorted(found) == [0, 0, 0, 1]


@pytest.mark.parametrize("_", range(5))
def test_an_event_that_comes_while_somebody_begins_to_wait_is_not_missed(
    workspace: Workspace, start_run: StartRun, _: int
) -> None:
    wait = {"id": "paid", "type": "wait_for_event", "params": {"event": "order.paid", "timeout_seconds": 600}}
    run = start_run(wait)
    (wanted,) = queued(workspace)

    def act(number: int) -> None:
        if number:
            runner.drain()
            return
        execution.execute(wanted)

    def send(number: int) -> None:
        if number:
            matching.match(factories.event(workspace, "order.paid", n=1).pk)
        else:
            act(0)

    claim_started = timezone.now()
    races.at_once(send, threads=2)
    runner.drain()

    with tenancy.scope(workspace.pk):
        run.refresh_from_db()
        event = ActionRun.objects.get(pk=wanted).output
    began_after = run.started_at is not None and run.started_at > claim_started
    assert run.status == "completed" or (began_after and event is None and came_before(workspace, run))


def came_before(workspace: Workspace, run: Run) -> bool:
    """Whether the event was received before the run began to wait, and so rightly does not count."""
    from triggers.models import Event

    with tenancy.scope(workspace.pk):
        received = Event.objects.get(type="order.paid").received_at
        waits_since = ActionRun.objects.get(run=run).progress
    return waits_since is not None and received.isoformat() < waits_since["since"]


def test_a_late_worker_writes_nothing_over_the_one_that_took_its_place(
    workspace: Workspace, start_run: StartRun
) -> None:
    start_run(
        {"id": "try", "type": "test_trying", "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 0}}
    )
    (wanted,) = queued(workspace)
    late = claims.claim(wanted)
    assert late is not None
    with tenancy.scope(workspace.pk):
        ActionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recovery.sweep()
    with tenancy.scope(workspace.pk):
        ActionRun.objects.update(status="queued", due_at=None)
    runner.drain()

    with tenancy.scope(workspace.pk):
        outcomes.record(late, performing.perform(late))
        tries = ActionAttempt.objects.order_by("number").values_list("number", "outcome")
        assert list(tries) == [(1, "lost"), (2, "completed")]
        assert Run.objects.get().status == "completed"
