"""Runs that start only so often: the others wait until their time, in order."""

from datetime import timedelta

import pytest
from django.db.models import F

from core.models import Workspace
from tests import lanes, runner
from workflows.models import FlowState, Run
from workflows.services import recovery, stopping

pytestmark = pytest.mark.django_db

TWO = {"limit": 2, "per_seconds": 600}


def pass_time(seconds: float) -> None:
    """What was counted, and what waits, is moved and not the clock, which is the database's."""
    by = timedelta(seconds=seconds)
    Run.objects.filter(held_until__isnull=False).update(held_until=F("held_until") - by)
    for row in FlowState.objects.filter(control="throttle"):
        row.state = {name: [[at - int(seconds * 1e6), number] for at, number in log] for name, log in row.state.items()}
        row.save(update_fields=["state"])
    recovery.start_due()


def test_as_many_as_the_limit_start_at_once_and_the_others_when_those_leave_the_window(scope: Workspace) -> None:
    lanes.published(scope, throttle=TWO)

    runs = [lanes.sent(scope) for _ in range(5)]

    assert lanes.now(runs) == ["queued", "queued", "held", "held", "held"]
    times = list(Run.objects.order_by("id").values_list("held_until", flat=True))[2:]
    first = Run.objects.order_by("id")[0].created_at
    assert [round((at - first).total_seconds() / 600) for at in times if at] == [1, 1, 2]
    assert Run.objects.get(pk=runs[4].pk).held_reason == "throttle: 2/600s"


def test_those_whose_time_has_come_start_in_order(scope: Workspace) -> None:
    lanes.published(scope, throttle=TWO)
    runs = [lanes.sent(scope) for _ in range(5)]

    pass_time(540)
    assert lanes.now(runs) == ["queued", "queued", "held", "held", "held"]
    pass_time(120)
    assert lanes.now(runs) == ["queued", "queued", "queued", "queued", "held"]
    recovery.start_due()
    assert lanes.now(runs)[4] == "held"
    pass_time(601)
    assert lanes.now(runs)[4] == "queued"


def test_a_sweep_that_comes_late_lets_no_more_start_in_a_window(scope: Workspace) -> None:
    lanes.published(scope, throttle=TWO)
    runs = [lanes.sent(scope) for _ in range(7)]

    pass_time(100_000)  # the time of all of them has come

    assert lanes.now(runs) == ["queued"] * 4 + ["held"] * 3
    late = lanes.sent(scope)
    assert lanes.now([late]) == ["held"]
    pass_time(600)
    assert lanes.now([*runs, late]) == ["queued"] * 6 + ["held"] * 2


def test_each_key_is_counted_on_its_own(scope: Workspace) -> None:
    lanes.published(scope, throttle={"limit": 1, "per_seconds": 60, "key": "{{ event.data.customer }}"})

    runs = [lanes.sent(scope, customer=name) for name in ("acme", "globex", "acme")]

    assert lanes.now(runs) == ["queued", "queued", "held"]
    assert Run.objects.get(pk=runs[2].pk).held_reason == "throttle: 1/60s with key 'acme'"


def test_events_of_one_message_are_counted_among_each_other(scope: Workspace) -> None:
    lanes.published(scope, throttle=TWO)

    lanes.sent_many(scope, 5)

    assert Run.objects.filter(held_at=None).count() == 2


def test_one_whose_time_has_come_waits_for_room_in_its_lane(scope: Workspace) -> None:
    lanes.published(scope, throttle={"limit": 1, "per_seconds": 60}, concurrency=1)
    runs = [lanes.sent(scope) for _ in range(2)]

    pass_time(61)
    waits = Run.objects.get(pk=runs[1].pk)
    assert (waits.held_until, waits.held_reason) == (None, "concurrency: 1 of 1 runs goes on")
    runner.drain()
    lanes.opened()

    assert lanes.now(runs) == ["completed", "queued"]


def test_one_that_waited_for_room_waits_for_its_time_as_well(scope: Workspace) -> None:
    lanes.published(scope, throttle=TWO, concurrency=1)
    runs = [lanes.sent(scope) for _ in range(3)]
    for _ in range(3):
        runner.drain()
        lanes.opened()

    assert lanes.now(runs) == ["completed", "completed", "held"]
    assert Run.objects.get(pk=runs[2].pk).held_reason == "throttle: 2/600s"

    pass_time(601)
    assert lanes.now(runs)[2] == "queued"


def test_one_that_is_cancelled_while_it_waits_never_starts(scope: Workspace) -> None:
    lanes.published(scope, throttle={"limit": 1, "per_seconds": 60})
    runs = [lanes.sent(scope) for _ in range(2)]

    stopping.cancel(runs[1].pk)
    pass_time(61)

    assert lanes.now(runs) == ["queued", "cancelled"]
