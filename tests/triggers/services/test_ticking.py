"""Schedules fire, each time once, and say what became of those that did not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from core import tenancy
from core.models import Workspace
from tests import broker, factories, races, runner, schedules
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event, Schedule, Tick
from triggers.services import ingest, matching, ticking
from workflows.models import Run
from workflows.services import workflows

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
WAIT = {"id": "wait", "type": "delay", "params": {"seconds": 3600}}


def waiting(workspace: Workspace, *actions: dict[str, Any], slot: datetime = NINE, **params: Any) -> Schedule:
    """A schedule of every minute that waits for nine o'clock."""
    written = params if {"every_seconds", "at", "rrule"} & params.keys() else {"cron": "* * * * *", **params}
    return schedules.due_at(schedules.published(workspace, *actions, **written), slot, anchor=slot)


def events(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.order_by("time"))


def minutes(workspace: Workspace) -> list[str]:
    return [f"{event.time:%H:%M}" for event in events(workspace)]


@pytest.mark.django_db
def test_a_time_that_has_come_is_an_event_for_its_trigger_alone(workspace: Workspace) -> None:
    row = waiting(workspace, data={"list": "morning"})

    assert ticking.tick(now=NINE) == 1

    (event,) = events(workspace)
    assert (event.type, event.source, event.event_id) == (
        "schedule.fired",
        "schedule",
        f"{row.pk}/2026-01-05T09:00:00Z",
    )
    assert event.data == {"list": "morning", "scheduled_for": "2026-01-05T09:00:00Z"}
    assert (event.addressee, event.is_public, event.time) == (row.trigger_id, False, NINE)
    assert schedules.ticks(row) == [("09:00", "fired", 1)]
    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
        assert Tick.objects.get().event == event.pk == row.last_event
    assert (row.next_slot, row.last_slot) == (NINE + timedelta(minutes=1), NINE)


@pytest.mark.django_db
def test_nothing_fires_before_its_time_or_twice(workspace: Workspace) -> None:
    row = waiting(workspace)

    fired = [ticking.tick(now=NINE + timedelta(seconds=seconds)) for seconds in (-1, 0, 0, 59)]

    assert fired == [0, 1, 0, 0]
    assert schedules.ticks(row) == [("09:00", "fired", 1)]


@pytest.mark.django_db
def test_a_time_that_was_settled_before_sends_nothing_again(workspace: Workspace) -> None:
    row = waiting(workspace)
    ticking.tick(now=NINE)
    schedules.due_at(row, NINE)  # as if a backup had been restored, or the clock been put back

    assert ticking.tick(now=NINE) == 0

    assert minutes(workspace) == ["09:00"]
    assert schedules.ticks(row) == [("09:00", "fired", 1)]


@pytest.mark.django_db
def test_an_event_that_somebody_sends_under_the_id_of_a_time_keeps_nothing_from_firing(workspace: Workspace) -> None:
    row = waiting(workspace)
    with tenancy.scope(workspace.pk):
        forged = IncomingEvent(type="lead.created", data={}, source="schedule", id=f"{row.pk}/{ticking._iso(NINE)}")
        ingest.accept(forged, workspace=workspace)

    assert ticking.tick(now=NINE) == 1
    with tenancy.scope(workspace.pk):
        assert Event.objects.get(is_public=False).pk == Tick.objects.get().event


@pytest.mark.django_db(transaction=True)
def test_the_events_are_hinted_when_they_are_stored(workspace: Workspace, empty_broker: redis.Redis) -> None:
    waiting(workspace)

    ticking.tick(now=NINE)

    (event,) = events(workspace)
    assert [(each.task, each.args) for each in broker.messages(empty_broker, "events")] == [
        ("triggers.match_events", [[str(event.pk)]])
    ]


@pytest.mark.django_db
def test_a_schedule_that_fires_once_is_done(workspace: Workspace) -> None:
    row = waiting(workspace, at="2026-01-05T09:00")

    ticking.tick(now=NINE)

    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
    assert (row.next_slot, row.next_fire_at) == (None, None)


@pytest.mark.django_db
def test_a_time_that_is_put_off_fires_later_and_is_named_by_its_own_time(workspace: Workspace) -> None:
    row = waiting(workspace, cron="@hourly", jitter_seconds=600)
    assert row.next_fire_at is not None
    assert NINE < row.next_fire_at < NINE + timedelta(seconds=600)

    fired = [ticking.tick(now=row.next_fire_at - timedelta(seconds=1)), ticking.tick(now=row.next_fire_at)]

    assert fired == [0, 1]
    assert schedules.ticks(row) == [("09:00", "fired", 1)]


@pytest.mark.parametrize(
    ("params", "expected", "fired"),
    [
        (
            {"catch_up": "none"},
            [("09:00", "missed", 9), ("09:09", "fired", 1), ("09:10", "fired", 1), ("09:11", "fired", 1)],
            ["09:09", "09:10", "09:11"],
        ),
        (
            {"catch_up": "latest"},
            [("09:00", "missed", 9), ("09:09", "fired", 1), ("09:10", "fired", 1), ("09:11", "fired", 1)],
            ["09:09", "09:10", "09:11"],
        ),
        (
            {"catch_up": "all", "max_catch_up": 2},
            [
                ("09:00", "missed", 7),
                ("09:07", "fired", 1),
                ("09:08", "fired", 1),
                ("09:09", "fired", 1),
                ("09:10", "fired", 1),
                ("09:11", "fired", 1),
            ],
            ["09:07", "09:08", "09:09", "09:10", "09:11"],
        ),
        ({"cron": "2,5 * * * *", "catch_up": "none"}, [("09:02", "missed", 2)], []),
        ({"cron": "2,5 * * * *"}, [("09:02", "missed", 1), ("09:05", "fired", 1)], ["09:05"]),
        (
            {"cron": "2,5 * * * *", "catch_up": "all"},
            [("09:02", "fired", 1), ("09:05", "fired", 1)],
            ["09:02", "09:05"],
        ),
    ],
    ids=["none", "latest", "all", "none, in the gap", "latest, in the gap", "all, in the gap"],
)
@pytest.mark.django_db
def test_the_clock_stands_for_ten_minutes_and_goes_on(
    workspace: Workspace, params: dict[str, Any], expected: list[tuple[str, str, int]], fired: list[str]
) -> None:
    # Stopped just before 9:00:00, going again from 9:10:00: what is at most a minute old is not late.
    row = waiting(workspace, slot=NINE + timedelta(minutes=2 if "cron" in params else 0), **params)

    for second in range(0, 90, 1):
        ticking.tick(now=NINE + timedelta(minutes=10, seconds=second))

    assert schedules.ticks(row) == expected
    assert minutes(workspace) == fired


@pytest.mark.django_db
def test_missed_times_say_why_and_how_many_they_are(workspace: Workspace) -> None:
    waiting(workspace, catch_up="none")

    ticking.tick(now=NINE + timedelta(days=365, seconds=30))

    with tenancy.scope(workspace.pk):
        tick = Tick.objects.get(status="missed")
    assert tick.reason == "nothing looked at more than 1000 times in time; catch_up is none"
    assert (tick.scheduled_for, tick.slots, tick.is_exact) == (NINE, 1000, False)
    assert tick.last_slot == NINE + timedelta(days=365, minutes=-1)


@pytest.mark.django_db
def test_a_time_is_skipped_while_the_run_of_the_one_before_still_goes(workspace: Workspace) -> None:
    row = waiting(workspace, WAIT, overlap="skip")

    ticking.tick(now=NINE)
    ticking.tick(now=NINE + timedelta(minutes=1))  # its event is not decided yet
    matching.match(events(workspace)[0].pk)
    runner.drain()
    ticking.tick(now=NINE + timedelta(minutes=2))  # its run waits
    with tenancy.scope(workspace.pk):
        runner.finish(Run.objects.get())
    ticking.tick(now=NINE + timedelta(minutes=3))

    assert [each[:2] for each in schedules.ticks(row)] == [
        ("09:00", "fired"), ("09:01", "skipped"), ("09:02", "skipped"), ("09:03", "fired"),
    ]  # fmt: skip
    with tenancy.scope(workspace.pk):
        reasons = set(Tick.objects.filter(status="skipped").values_list("reason", flat=True))
    assert reasons == {"the run of 2026-01-05T09:00:00Z is still going"}


@pytest.mark.django_db
def test_runs_may_overlap_by_default(workspace: Workspace) -> None:
    row = waiting(workspace, WAIT)

    ticking.tick(now=NINE)
    ticking.tick(now=NINE + timedelta(minutes=1))

    assert schedules.ticks(row) == [("09:00", "fired", 1), ("09:01", "fired", 1)]


@pytest.mark.django_db
def test_a_published_schedule_starts_runs(workspace: Workspace) -> None:
    waiting(workspace, factories.log_event("for {{ event.data.scheduled_for }}"))
    listener = factories.published(
        workspace, factories.definition(name="Nosy", triggers=[{"type": "schedule.fired"}, {"type": "**"}])
    )
    ticking.tick(now=NINE)

    matching.match(events(workspace)[0].pk)
    runner.drain()

    with tenancy.scope(workspace.pk):
        (run,) = Run.objects.all()
    assert run.status == "completed"
    assert run.workflow_id != listener.pk
    assert runner.outputs(run)["log_event"]["message"] == "for 2026-01-05T09:00:00Z"


@pytest.mark.django_db
def test_a_schedule_that_cannot_be_read_stops_says_so_and_stops_no_other(workspace: Workspace) -> None:
    broken = waiting(workspace, name="Broken")
    with tenancy.scope(workspace.pk):
        Schedule.objects.filter(pk=broken.pk).update(params={"cron": "x", "timezone": "Atlantis/Lost"})
    sound = waiting(workspace, name="Sound")

    assert ticking.tick(now=NINE) == 1

    assert schedules.ticks(sound) == [("09:00", "fired", 1)]
    with tenancy.scope(workspace.pk):
        broken.refresh_from_db()
        reason = Tick.objects.get(schedule=broken).reason
    assert reason.startswith("the schedule cannot be read: ZoneInfoNotFoundError(")
    assert broken.next_fire_at is None


@pytest.mark.parametrize("write", ["_insert", "_move"])
@pytest.mark.django_db(transaction=True)
def test_a_crash_between_two_writes_leaves_everything_due(
    workspace: Workspace, write: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = waiting(workspace)

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(ticking, write, crash)
        with pytest.raises(RuntimeError, match="killed"):
            ticking.tick(now=NINE)
    assert (schedules.ticks(row), events(workspace)) == ([], [])

    assert ticking.tick(now=NINE) == 1


@pytest.mark.django_db(transaction=True)
def test_many_clocks_at_once_send_each_event_once(workspace: Workspace, other_workspace: Workspace) -> None:
    rows = schedules.many([workspace, other_workspace], 40, params={"cron": "* * * * *"}, slot=NINE)

    fired = races.at_once(lambda _: ticking.tick(now=NINE + timedelta(seconds=1)), threads=4)

    assert sum(fired) == 40
    assert [schedules.ticks(row) for row in rows] == [[("09:00", "fired", 1)]] * 40
    assert len(events(workspace)) == len(events(other_workspace)) == 20


@pytest.mark.django_db(transaction=True)
def test_pausing_while_the_clock_ticks_leaves_a_schedule_that_rests(workspace: Workspace) -> None:
    row = waiting(workspace)
    with tenancy.scope(workspace.pk):
        workflow = Schedule.objects.select_related("trigger__workflow").get(pk=row.pk).trigger.workflow

    def act(number: int) -> None:
        with tenancy.scope(workspace.pk):
            workflows.pause(workflow) if number else ticking.tick(now=NINE)

    races.at_once(act, threads=2)

    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
    assert (row.is_active, row.next_fire_at) == (False, None)
    assert len(schedules.ticks(row)) == len(events(workspace)) <= 1


@pytest.mark.django_db
def test_more_than_a_batch_fires_in_one_tick_and_a_spent_budget_leaves_the_rest(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "BATCH", 3)
    schedules.many([workspace], 10, params={"cron": "* * * * *"}, slot=NINE)

    fired = [ticking.tick(now=NINE, budget_seconds=0), ticking.tick(now=NINE)]

    assert fired == [3, 7]


@pytest.mark.django_db
def test_a_batch_with_much_to_catch_up_is_written_in_parts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "MAX_FIRES", 10)
    schedules.many([workspace], 3, params={"cron": "* * * * *", "catch_up": "all"}, slot=NINE)

    assert ticking.tick(now=NINE + timedelta(minutes=9)) == 30

    assert len(events(workspace)) == 30
