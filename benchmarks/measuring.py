"""One measurement: publish, start a worker, and look at clocks and counters while it works the queue off."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from django.db import connection

from benchmarks import counters
from benchmarks.counters import Processor
from benchmarks.subjects import Subject
from core import tenancy
from tests import broker, processes

WORKERS = 2
POLL_SECONDS = 0.05
DEADLINE_SECONDS = 180
ANCHOR_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """How one batch went. Rates and processor time are of the part from a tenth done to all done; counts are of all."""

    subject: str
    length: int
    runs: int
    seconds: float
    actions_per_second: float
    cpu_us_per_action: float
    worker_us_per_action: float
    postgres_us_per_action: float
    valkey_us_per_action: float
    write_transactions_per_action: float
    commits_per_action: float
    wal_bytes_per_action: float
    messages_per_action: float
    stolen_percent: float
    others_percent: float


def measure(subject: Subject, *, length: int, runs: int) -> Measurement:
    """Measure a batch of `runs` runs of `length` actions, and check its ledger.

    The start of the worker and its first, cold actions do not count: the clock runs from a tenth done.
    """
    client = broker.connect()
    client.flushdb()
    batch, total = subject.publish(length=length, runs=runs), runs * length
    assert client.llen("actions") == runs
    tidy()
    with counters.counting_own_statements() as own:
        before = counters.database()
        with processes.worker(
            concurrency=WORKERS, include="benchmarks.tasks", environment=subject.environment
        ) as worker:
            first, first_at = wait(batch.done, at_least=total // 10)
            first_clocks = counters.processor(worker.process.pid)
            last, last_at = wait(batch.done, at_least=total)
            clocks = counters.processor(worker.process.pid).since(first_clocks)
        wait(lambda: -counters.other_connections(), at_least=0)
        counted = counters.database().since(before, own_statements=len(own))
    batch.check()
    return _result(subject, length, runs, counted, clocks, done=last - first, seconds=last_at - first_at)


def _result(
    subject: Subject,
    length: int,
    runs: int,
    counted: counters.Database,
    clocks: Processor,
    *,
    done: int,
    seconds: float,
) -> Measurement:
    total = runs * length
    spent = clocks.worker + clocks.postgres + clocks.valkey
    return Measurement(
        subject=subject.name,
        length=length,
        runs=runs,
        seconds=seconds,
        actions_per_second=done / seconds,
        cpu_us_per_action=spent / done * 1e6,
        worker_us_per_action=clocks.worker / done * 1e6,
        postgres_us_per_action=clocks.postgres / done * 1e6,
        valkey_us_per_action=clocks.valkey / done * 1e6,
        write_transactions_per_action=counted.write_transactions / total,
        commits_per_action=counted.commits / total,
        wal_bytes_per_action=counted.wal_bytes / total,
        messages_per_action=counted.messages / total,
        stolen_percent=clocks.stolen / clocks.total * 100,
        others_percent=clocks.others / clocks.total * 100,
    )


def durable_commits_per_second() -> float:
    """What one client gets out of the server: UPDATEs of one row, each its own durable commit."""
    parameters = {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
    with psycopg.connect(**parameters, autocommit=True) as client:
        client.execute("CREATE TABLE benchmark_commits (id int PRIMARY KEY, number bigint)")
        try:
            client.execute("INSERT INTO benchmark_commits VALUES (1, 0)")
            commits, begun = 0, time.monotonic()
            while (seconds := time.monotonic() - begun) < ANCHOR_SECONDS:
                client.execute("UPDATE benchmark_commits SET number = number + 1 WHERE id = 1")
                commits += 1
            return commits / seconds
        finally:
            client.execute("DROP TABLE benchmark_commits")


def tidy() -> None:
    """Leave nothing to the server that it would do in the middle of the measurement."""
    with tenancy.unscoped("it is about all tables"), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def wait(count: Callable[[], int], *, at_least: int) -> tuple[int, float]:
    """Look until the count is reached; returns it, and when it was seen."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (found := count()) < at_least:
        assert time.monotonic() < deadline, f"{found} of {at_least} after {DEADLINE_SECONDS} s"
        time.sleep(POLL_SECONDS)
    return found, time.monotonic()
