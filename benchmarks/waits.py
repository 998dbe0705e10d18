"""What 100,000 waiting runs cost: rows, and nothing else. Part of `make bench`; see docs/performance.md."""

import time
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from benchmarks import counters
from core import tenancy
from core.models import Workspace
from tests import broker, factories, processes, runner
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import recovery

WAITING = 100_000
DUE = 1_000
SWEEPS = 5
MAX_WORKER_GROWTH_BYTES = 8 * 1024 * 1024  # of all its processes; a message for each wait would take 100 MB
MAX_BROKER_GROWTH_BYTES = 1024 * 1024
MAX_BYTES_OF_A_RUN = 2048

# Copies of one run that the engine made wait, so that they are what it would have made.
COPY = """
WITH new AS (
    INSERT INTO workflows_run
    SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'firing_id', NULL))).*
    FROM workflows_run r, generate_series(1, %s) RETURNING id
)
INSERT INTO workflows_actionrun
SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'run_id', new.id))).*
FROM workflows_actionrun a, new
"""


@pytest.mark.django_db(transaction=True)
def test_waiting_runs_cost_rows_and_nothing_else() -> None:
    workspace = factories.WorkspaceFactory.create()
    wait = {"id": "wait", "type": "delay", "params": {"seconds": 30 * 86_400}}
    factories.published(workspace, factories.definition(wait, factories.log_event("after")))
    matching.match(factories.event(workspace).pk)
    runner.drain()
    client = broker.connect()
    client.flushdb()

    with processes.worker() as worker:
        sweep()
        memory, messages, rows = worker_bytes(worker), broker_bytes(), table_bytes()
        with connection.cursor() as cursor:
            cursor.execute(COPY, [WAITING])
            cursor.execute("VACUUM ANALYZE workflows_run, workflows_actionrun")
        for _ in range(SWEEPS):
            sweep()
        took = sweep_seconds()
        grown, queued = worker_bytes(worker) - memory, broker_bytes() - messages
        of_a_run = (table_bytes() - rows) / WAITING
        print(f"\n{WAITING:,} waiting runs: worker {grown / 1e6:+.1f} MB, broker {queued / 1e6:+.2f} MB,", end=" ")
        print(f"{of_a_run:.0f} bytes of PostgreSQL each; a sweep that finds nothing takes {took * 1000:.0f} ms")
        woken = wake(workspace)
        print(f"{DUE:,} of them due at once: all have ended {woken:.1f} s later")

    assert grown < MAX_WORKER_GROWTH_BYTES
    assert queued < MAX_BROKER_GROWTH_BYTES
    assert of_a_run < MAX_BYTES_OF_A_RUN


def sweep() -> None:
    """Let the worker sweep, as a tick of beat does. The message is acknowledged when the sweep begins."""
    before = counters.acked()
    current_app.send_task("workflows.sweep", queue="maintenance")
    processes.eventually(lambda: counters.acked() > before, what="the worker has begun to sweep")
    time.sleep(1)


def sweep_seconds() -> float:
    begun = time.monotonic()
    recovery.sweep()
    return time.monotonic() - begun


def wake(workspace: Workspace) -> float:
    """Make some of the waits due; returns the seconds until their runs have completed."""
    with tenancy.scope(workspace.pk):
        ids = list(ActionRun.objects.filter(key="wait").values_list("pk", flat=True)[:DUE])
        past = timezone.now() - timedelta(days=31)
        ActionRun.objects.filter(pk__in=ids).update(due_at=past, progress={"until": past.isoformat()})
        begun = time.monotonic()
        recovery.sweep()
        done = Run.objects.filter(status="completed")
        processes.eventually(lambda: done.count() == DUE, meanwhile=recovery.sweep, what="the runs complete")
        return time.monotonic() - begun


def worker_bytes(worker: processes.Worker) -> int:
    return counters.memory_bytes(worker.process.pid)


def broker_bytes() -> int:
    return int(broker.connect().info("memory")["used_memory"])


def table_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('workflows_run') + pg_total_relation_size('workflows_actionrun')")
        return int(cursor.fetchone()[0])
