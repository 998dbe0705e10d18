"""10,000 workflows due in one minute, two clocks at once, and what 100,000 that are not due cost: `make bench`."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler
from pytest_django import Settings

from benchmarks.report import Gate
from core import tenancy
from core.ids import new_id
from core.models import Workspace
from tests import broker, clocks, schedules
from triggers.models import Event, Schedule, Tick
from triggers.services import ticking

DUE = 10_000
REGISTERED = 100_000
BEAT_DUE = 1_000
CLOCKS = 2
IDLE_TICKS = 200
ROUNDS = 3
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)

# All of them name nine o'clock, and none of the others does it with the same words.
CRONS = ("0 9 * * *", "* * * * *", "*/5 * * * *", "0 9 * * MON-FRI", "*/15 8-18 * * *", "0 */3 * * 1#1", "0 9 5 * *")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A batch that fired: how many schedules, and in how many seconds."""

    subject: str
    number: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.number / self.seconds


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_workflows_fire_in_one_minute(settings: Settings) -> None:
    settings.SEQUITUR_FAIR_WINDOW = 0  # everything is to be published at once, and counted
    rounds = [_round() for _ in range(ROUNDS)]

    names = [each.subject for each in rounds[0]]
    medians = {
        name: statistics.median(each.per_second for done in rounds for each in done if each.subject == name)
        for name in names
    }
    print("\n\n  subject                          fired/s   of COPY   of beat")
    for name, rate in medians.items():
        print(f"  {name:<30} {rate:>9.0f} {rate / medians['COPY']:>9.3f} {rate / medians['django-celery-beat']:>9.0f}")
    slowest = DUE / min(rate for name, rate in medians.items() if name.startswith("two clocks"))
    idle_ms, cpu_ms = _idle()
    found = [
        Gate(f"{DUE:,} due at once, all durable and published, s", slowest, 5.0, is_upper=True),
        Gate("of django-celery-beat's rate", medians["two clocks, one workspace"] / medians["django-celery-beat"], 10),
        Gate(f"a tick that finds nothing among {REGISTERED:,}, ms", idle_ms, 20, is_upper=True),
        Gate("the same, processor time of the client, ms", cpu_ms, 5, is_upper=True),
    ]
    print(*found, sep="\n")
    assert [str(gate) for gate in found if not gate.holds] == []


def _round() -> list[Measurement]:
    return [
        _fired("two clocks, one workspace", workspaces=1),
        _fired("two clocks, 10,000 workspaces", workspaces=DUE),
        _copied(),
        _beat(),
    ]


def _fired(subject: str, *, workspaces: int) -> Measurement:
    """Two processes let everything fire that is due; doubled or missed by none."""
    _empty()
    _seed(workspaces, DUE)
    client = broker.connect()
    client.flushdb()
    with clocks.clocks(CLOCKS) as both:
        for clock in both:
            clock.strike(NINE + timedelta(seconds=1))
        results = [clock.result() for clock in both]
    with tenancy.unscoped("the bench looks at all of them"):
        assert sum(fired for fired, _ in results) == DUE
        assert Event.objects.values("event_id").distinct().count() == Event.objects.count() == DUE
        assert Tick.objects.filter(status="fired", scheduled_for=NINE).count() == Tick.objects.count() == DUE
    sent = [uid for message in broker.messages(client, "events") for uid in message.args[0]]
    assert len(set(sent)) == len(sent) == DUE
    return _said(Measurement(subject, DUE, max(seconds for _, seconds in results)))


def _copied() -> Measurement:
    """The same rows, events and ticks, by COPY into tables with the same indexes: what the server can do at most."""
    with connection.cursor() as cursor:
        for table in ("triggers_event", "triggers_tick"):
            cursor.execute(f"DROP TABLE IF EXISTS copy_of_{table}")
            cursor.execute(f"CREATE TABLE copy_of_{table} (LIKE {table} INCLUDING ALL)")
        dumped = {table: _dump(table) for table in ("triggers_event", "triggers_tick")}
        begun = time.monotonic()
        for table, data in dumped.items():
            with cursor.copy(f"COPY copy_of_{table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)
        seconds = time.monotonic() - begun
        for table in dumped:
            cursor.execute(f"DROP TABLE copy_of_{table}")
    return _said(Measurement("COPY", DUE, seconds))


def _dump(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(map(bytes, copy))


def _beat() -> Measurement:
    """Beat's own scheduler with a row for each, as many installations have it."""
    PeriodicTask.objects.all().delete()
    every, _ = IntervalSchedule.objects.get_or_create(every=1, period="days")
    past = datetime(2020, 1, 1, tzinfo=UTC)
    rows = [
        PeriodicTask(name=f"bench {n}", task="bench.nothing", interval=every, queue="maintenance", last_run_at=past)
        for n in range(BEAT_DUE)
    ]
    PeriodicTask.objects.bulk_create(rows)
    client = broker.connect()
    client.flushdb()
    scheduler = DatabaseScheduler(app=current_app)
    begun = time.monotonic()
    while client.llen("maintenance") < BEAT_DUE:
        scheduler.tick()
    scheduler.sync()
    seconds = time.monotonic() - begun
    PeriodicTask.objects.all().delete()
    client.flushdb()
    return _said(Measurement("django-celery-beat", BEAT_DUE, seconds))


def _idle() -> tuple[float, float]:
    """Milliseconds of a tick that finds nothing: on the clock, and of this process's processor."""
    _empty()
    _seed(1, REGISTERED)
    ticking.tick(now=NINE - timedelta(seconds=1))
    begun, cpu = time.monotonic(), time.process_time()
    for _ in range(IDLE_TICKS):
        assert ticking.tick(now=NINE - timedelta(seconds=1)) == 0
    return (time.monotonic() - begun) / IDLE_TICKS * 1000, (time.process_time() - cpu) / IDLE_TICKS * 1000


def _seed(workspaces: int, number: int) -> None:
    slugs = [f"bench-{new_id()}" for _ in range(workspaces)]
    rows = Workspace.objects.bulk_create([Workspace(slug=slug, name=slug) for slug in slugs], batch_size=1000)
    seeded = schedules.many(rows, number, params={"cron": "* * * * *", "timezone": "UTC"}, slot=NINE)
    for index, row in enumerate(seeded):
        row.params = {**row.params, "cron": CRONS[index % len(CRONS)]}
    with tenancy.unscoped("the bench seeds many workspaces"):
        for start in range(0, number, 1000):
            Schedule.objects.bulk_update(seeded[start : start + 1000], ["params"])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE triggers_schedule, triggers_event, triggers_tick")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_workspace CASCADE")


def _said(measurement: Measurement) -> Measurement:
    print(f"\n{measurement.subject}: {measurement.number:,} in {measurement.seconds:.2f} s", end="")
    return measurement
