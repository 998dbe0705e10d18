"""Who races on a lane: never more than the limit go on, and none is left that could."""

from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
import redis
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import factories, lanes, processes, races, rivals, runner
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import execution, recovery, stopping
from workflows.services.flow import lanes as service

pytestmark = pytest.mark.django_db(transaction=True)


def matched_by_processes(parts: list[list[UUID]]) -> None:
    """Decide on these events, each part in a process of its own, all at once."""
    code = f"""
from uuid import UUID
from triggers.services import matching
for each in {[[str(each) for each in part] for part in parts]}[number]:
    matching.match(UUID(each))
"""
    rivals.race(code, number=len(parts))


@pytest.mark.parametrize(
    ("setting", "started"),
    [
        ({"concurrency": 3}, 3),
        ({"concurrency": {"limit": 3, "on_limit": "skip"}}, 3),
        ({"concurrency": {"limit": 3, "on_limit": "cancel_running"}}, 3),
        ({"throttle": {"limit": 3, "per_seconds": 3600}}, 3),
    ],
    ids=["queue", "skip", "cancel_running", "throttle"],
)
def test_of_two_processes_that_race_exactly_as_many_start_as_may(
    workspace: Workspace, empty_broker: redis.Redis, setting: dict[str, Any], started: int
) -> None:
    lanes.published(workspace, **setting)
    events = [factories.event(workspace).pk for _ in range(12)]

    matched_by_processes([events[::2], events[1::2]])

    assert lanes.going(workspace) == started
    with tenancy.scope(workspace.pk):
        kept = Run.objects.count()
    assert kept == (3 if "skip" in str(setting) else 12)


@pytest.mark.parametrize("_", range(3))
def test_processes_that_open_lanes_and_match_keep_the_ceiling_of_all_lanes(
    workspace: Workspace, empty_broker: redis.Redis, _: int
) -> None:
    lanes.capped(workspace, 3)
    lanes.published(workspace, concurrency={"limit": 2, "key": "{{ event.id }}"})
    runs = [lanes.sent(workspace) for _ in range(9)]
    events = [factories.event(workspace).pk for _ in range(6)]
    with tenancy.scope(workspace.pk):
        for run in runs[:2]:
            stopping.cancel(run.pk)

    code = f"""
from uuid import UUID
from triggers.services import matching
from workflows.services.flow import lanes
for run in {[str(run.pk) for run in runs[:3]]}:
    lanes.open_for(UUID(run))
for event in {[[str(each) for each in events[number::2]] for number in range(2)]}[number]:
    matching.match(UUID(event))
"""
    rivals.race(code)

    assert lanes.going(workspace) == 3
    assert lanes.now(runs[:5]) == ["cancelled", "cancelled", "queued", "queued", "queued"]


@pytest.mark.parametrize("_", range(4))
def test_runs_that_end_while_others_are_let_in_leave_nobody_waiting(
    workspace: Workspace, empty_broker: redis.Redis, settings: Settings, _: int
) -> None:
    settings.RUN_FAST_FORWARD = False
    lanes.published(workspace, concurrency=2)
    for _number in range(4):
        lanes.sent(workspace)
    events = [factories.event(workspace).pk for _ in range(4)]

    def act(number: int) -> None:
        if number < 4:
            matching.match(events[number])
        else:
            work(workspace)

    races.at_once(act, threads=6)
    for _round in range(20):
        work(workspace)
        recovery.open_lanes()

    with tenancy.scope(workspace.pk):
        assert list(Run.objects.values_list("status", flat=True)) == ["completed"] * 8


def work(workspace: Workspace) -> None:
    """What is queued is executed, and after each run its lane is opened; there are never more than may be."""
    with tenancy.scope(workspace.pk):
        ids = list(ActionRun.objects.filter(status="queued").values_list("pk", "run"))
    for pk, run in ids:
        execution.execute(pk)
        service.open_for(run)
        assert lanes.going(workspace) <= 2


def test_a_storm_of_cancels_and_arrivals_keeps_the_limit_and_ends(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    lanes.published(workspace, lanes.WAIT, concurrency={"limit": 1, "on_limit": "cancel_running"})
    first = [lanes.sent(workspace) for _ in range(6)]
    events = [factories.event(workspace).pk for _ in range(6)]

    def act(number: int) -> None:
        matching.match(events[number])
        with tenancy.scope(workspace.pk):
            stopping.cancel(first[number].pk)
            run = Run.objects.get(event=events[number])
        service.open_for(run.pk)
        assert lanes.going(workspace) <= 1

    races.at_once(act, threads=6)
    recovery.open_lanes()

    with tenancy.scope(workspace.pk):
        left = Run.objects.exclude(status="cancelled").get()
        assert (left.held_at, left.pk) == (None, Run.objects.latest("id").pk)


@pytest.mark.long
def test_a_worker_does_all_of_a_lane_one_after_the_other(workspace: Workspace, empty_broker: redis.Redis) -> None:
    lanes.published(workspace, concurrency=1)
    for _ in range(5):
        factories.event(workspace)

    with processes.worker():
        processes.eventually(lambda: processes.all_runs_completed(workspace, number=5), what="all of the lane")

    with tenancy.scope(workspace.pk):
        times = list(Run.objects.order_by("started_at").values_list("started_at", "finished_at"))
    assert all(ended <= begun for (_, ended), (begun, _) in pairwise(times) if ended and begun)


def test_a_lane_whose_message_is_lost_is_opened_by_the_sweep(workspace: Workspace, empty_broker: redis.Redis) -> None:
    lanes.published(workspace, concurrency=1)
    runs = [lanes.sent(workspace) for _ in range(2)]
    runner.drain()
    empty_broker.flushdb()

    recovery.sweep()

    assert lanes.now(runs) == ["completed", "queued"]
