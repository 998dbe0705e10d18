"""Runs of five actions against bare Celery chains of five tasks that do nothing: `make bench`.

Both are published before the worker starts, on the same broker and with the same worker settings, in turn, several
times. What is counted begins when a tenth is done, so that the start of the worker does not count. The machine's speed
cancels out of the ratio; quote the ratio, not the rates.
"""

import statistics
import time
from collections.abc import Callable

import pytest
from celery import chain

from benchmarks.tasks import nothing
from core import tenancy
from core.models import Workspace
from tests import broker, factories, processes
from triggers.services import matching
from workflows.models import ActionRun

ACTIONS, RUNS, PAIRS, WORKERS = 5, 200, 3, 2
DEADLINE_SECONDS = 120


@pytest.mark.django_db(transaction=True)
def test_actions_against_bare_celery() -> None:
    workspace = factories.WorkspaceFactory.create()
    actions = [factories.log_event("x") for _ in range(ACTIONS)]
    factories.published(workspace, factories.definition(*actions))
    with tenancy.scope(workspace.pk):
        rates = [(measure(publish_runs(workspace), completed), measure(publish_nothing, acked)) for _ in range(PAIRS)]

    for ours, bare in rates:
        print(f"\nactions/s: {ours:6.0f}   bare Celery: {bare:6.0f}   ratio: {ours / bare:.2f}", end="")
    print(f"\nmedian ratio: {statistics.median(ours / bare for ours, bare in rates):.2f}")


def publish_runs(workspace: Workspace) -> Callable[[], None]:
    def publish() -> None:
        for _ in range(RUNS):
            matching.match(factories.event(workspace).pk)

    return publish


def publish_nothing() -> None:
    for _ in range(RUNS):
        chain(*[nothing.si().set(queue="actions") for _ in range(ACTIONS)]).apply_async()


def measure(publish: Callable[[], None], done: Callable[[], int]) -> float:
    """Tasks per second, from a tenth of them done to all of them."""
    client = broker.connect()
    client.flushdb()
    publish()
    assert client.llen("actions") == RUNS
    before, total = done(), RUNS * ACTIONS
    with processes.worker(concurrency=WORKERS, include="benchmarks.tasks"):
        wait_until(lambda: done() - before >= total // 10)
        begun, already = time.monotonic(), done() - before
        wait_until(lambda: done() - before >= total)
        return (total - already) / (time.monotonic() - begun)


def completed() -> int:
    return ActionRun.objects.filter(status="completed").count()


def acked() -> int:
    """Messages that workers were done with so far: kombu takes each out of a hash then."""
    return int(broker.connect().info("commandstats").get("cmdstat_hdel", {}).get("calls", 0))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
