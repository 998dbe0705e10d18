"""Several real workers on one repair, and workers that are killed in the middle of one."""

import time
from collections.abc import Callable

import pytest
from pytest_django import Settings

from core import publish, tenancy
from core.models import Workspace
from tests import processes, races
from tests.workflows.services.bulk.doing import audited, counts, requested, waiting_runs
from workflows.models import Repair, RepairItem, Run
from workflows.services.bulk import requesting, steering, working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

NUMBER = 40
PER_SECOND = 20.0


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.SEQUITUR_LEASE_SECONDS = 1
    settings.SEQUITUR_REHINT_SECONDS = 0.2


@pytest.fixture
def repair(workspace: Workspace) -> Repair:
    """Of many runs, none of which is cancelled yet."""
    waiting_runs(workspace, NUMBER)
    with tenancy.scope(workspace.pk):
        return requested(expected=NUMBER, per_second=PER_SECOND)


def has(repair: Repair, holds: Callable[[Repair], bool]) -> Callable[[], bool]:
    def look() -> bool:
        with tenancy.scope(repair.workspace_id):
            repair.refresh_from_db()
        return holds(repair)

    return look


def hurry(repair: Repair) -> None:
    """Messages that are doubled, beside those of the sweep."""
    working.sweep()
    for _ in range(2):
        publish.task(requesting.TASK, repair.pk, queue=requesting.QUEUE)


def check_each_was_done_once(repair: Repair) -> None:
    with tenancy.scope(repair.workspace_id):
        assert (repair.status, counts(repair)) == ("completed", (NUMBER, 0, 0))
        targets = [entry.target_id for entry in audited("run.cancelled")]
        assert len(targets) == len(set(targets)) == NUMBER
        assert len(audited("repair.completed")) == 1
        assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}


@pytest.mark.long
def test_two_processes_do_each_item_once_and_keep_the_pace_together(repair: Repair) -> None:
    with processes.worker(concurrency=1), processes.worker(concurrency=1):
        processes.eventually(
            has(repair, lambda row: row.status == "completed"), meanwhile=lambda: hurry(repair), what="it completes"
        )

    check_each_was_done_once(repair)
    assert repair.started_at is not None
    assert repair.finished_at is not None
    assert (repair.finished_at - repair.started_at).total_seconds() >= (NUMBER - 1) / PER_SECOND


@pytest.mark.long
def test_what_a_killed_worker_left_is_done_by_the_next_one_and_nothing_twice(repair: Repair) -> None:
    with processes.worker() as first:
        processes.eventually(has(repair, lambda row: row.done >= 5), meanwhile=working.sweep, what="some are done")
        first.kill()
    assert has(repair, lambda row: row.done < NUMBER)()

    with processes.worker():
        processes.eventually(
            has(repair, lambda row: row.status == "completed"), meanwhile=working.sweep, what="the rest is done"
        )

    check_each_was_done_once(repair)


@pytest.mark.long
def test_a_pause_holds_for_workers_in_the_middle_of_it(repair: Repair) -> None:
    with processes.worker():
        processes.eventually(has(repair, lambda row: row.done >= 3), meanwhile=working.sweep, what="some are done")
        with tenancy.scope(repair.workspace_id):
            paused = steering.pause(repair.pk, by="Ada")
        for _ in range(5):
            hurry(repair)
            time.sleep(processes.POLL_SECONDS)
        assert has(repair, lambda row: (row.status, row.done) == ("paused", paused.done))()
        with tenancy.scope(repair.workspace_id):
            steering.resume(repair.pk, by="Ada")
        processes.eventually(
            has(repair, lambda row: row.status == "completed"), meanwhile=working.sweep, what="the rest is done"
        )

    check_each_was_done_once(repair)


def test_steps_at_the_same_instant_do_different_items(workspace: Workspace, repair: Repair) -> None:
    with tenancy.scope(workspace.pk):
        Repair.objects.update(tokens=NUMBER, per_second=100.0)

    races.at_once(lambda _: working.work(repair.pk), threads=4)

    with tenancy.scope(workspace.pk):
        done = RepairItem.objects.filter(status="done").count()
        assert (counts(repair), len(audited("run.cancelled"))) == ((done, 0, 0), done)
        assert done >= 1


def test_two_that_ask_with_one_key_at_once_get_one_repair(workspace: Workspace) -> None:
    waiting_runs(workspace, 3)

    def ask(_: int) -> Repair:
        with tenancy.scope(workspace.pk):
            return requested(expected=3, idempotency_key="k")

    found = races.at_once(ask, threads=4)

    assert len({each.pk for each in found}) == 1
    with tenancy.scope(workspace.pk):
        assert (Repair.objects.count(), RepairItem.objects.count()) == (1, 3)
