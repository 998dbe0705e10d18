"""Real workers with tries that hang, that swallow every exception, and that are told to stop."""

import itertools
import os
import signal
import time
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
import redis
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import factories, processes
from tests.workflows import holding_tasks
from tests.workflows.services.conftest import StartRun, start_run
from workflows.models import ActionRun
from workflows.services import claims, recovery

__all__ = ("start_run",)  # a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

FAR_SECONDS = holding_tasks.FAR_SECONDS
TASKS = "workflows.tasks,tests.workflows.holding_tasks"

Claimed = Callable[[], tuple[str, int]]


@pytest.fixture(autouse=True)
def quick_leases(settings: Settings) -> None:
    settings.SEQUITUR_LEASE_SECONDS = 1
    settings.SEQUITUR_STOP_SECONDS = 1


@pytest.fixture
def claimed(start_run: StartRun, workspace: Workspace, empty_broker: redis.Redis) -> Claimed:
    """Claims the action of a new run; its message is not in the broker."""

    types = (f"lead.number{number}" for number in itertools.count())

    def claim() -> tuple[str, int]:
        type_ = next(types)  # so that it starts no other workflow
        once = factories.log_event("hello", retry={"max_attempts": 1})  # what is lost stays lost
        run = start_run(once, type_=type_, trigger={"type": type_}, name=type_)
        empty_broker.flushdb()
        with tenancy.scope(workspace.pk):
            made = claims.claim(ActionRun.objects.get(run=run).pk, is_careful=True)
            assert made is not None
        return str(made.id), made.attempt

    return claim


def output(action_run_id: str) -> dict[str, Any]:
    """What the task has noted so far (see `holding_tasks`)."""
    with tenancy.unscoped("a test"):
        return ActionRun.objects.get(pk=action_run_id).output or {"code": "", "by": "", "pid": 0}


def ended(action_run_id: str) -> dict[str, Any]:
    """The same once it is over."""
    processes.eventually(lambda: output(action_run_id)["by"] not in ("", "start"), what="the try is over")
    return output(action_run_id)


def start_and_stop(running: processes.Worker, action_run_id: str) -> float:
    """Tells the worker to stop while it performs the action; returns how many seconds that took."""
    processes.eventually(lambda: output(action_run_id)["by"] == "start", what="the try has begun")
    started = monotonic()
    assert running.stop() == 0
    return monotonic() - started


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_hanging_action_times_out_and_its_process_goes_on(claimed: Claimed) -> None:
    hanging, after = claimed(), claimed()

    with processes.worker(concurrency=1, include=TASKS):
        holding_tasks.swallow_exceptions.apply_async((*hanging, 0.5), queue="actions")
        holding_tasks.sleep.apply_async((*after, FAR_SECONDS, 0), queue="actions")
        first, second = ended(hanging[0]), ended(after[0])

    assert (first["code"], first["by"]) == ("timeout", "block")
    assert (second["by"], second["pid"]) == ("end", first["pid"])


@pytest.mark.long
def test_an_action_that_swallows_everything_is_recorded_and_killed(claimed: Claimed) -> None:
    deaf, after = claimed(), claimed()

    with processes.worker(concurrency=1, include=TASKS):
        holding_tasks.swallow_everything.apply_async((*deaf, 0.5), queue="actions")
        first = ended(deaf[0])
        processes.eventually(lambda: not is_alive(first["pid"]), what="the process ends")
        holding_tasks.sleep.apply_async((*after, FAR_SECONDS, 0), queue="actions")
        second = ended(after[0])

    assert (first["code"], first["by"]) == ("timeout", "keeper")
    assert second["by"] == "end"


def test_a_long_action_keeps_its_lease_and_a_frozen_process_loses_it(claimed: Claimed) -> None:
    long, is_swept = claimed(), False

    with processes.worker(concurrency=1, include=TASKS):
        holding_tasks.sleep.apply_async((*long, FAR_SECONDS, FAR_SECONDS), queue="actions")
        processes.eventually(lambda: output(long[0])["by"] == "start", what="the try has begun")
        end = monotonic() + 3  # three leases
        while monotonic() < end:
            is_swept |= bool(recovery.reap())
            time.sleep(processes.POLL_SECONDS)
        assert not is_swept

        os.kill(output(long[0])["pid"], signal.SIGSTOP)
        processes.eventually(lambda: bool(recovery.reap()), what="the lease ends")
        os.kill(output(long[0])["pid"], signal.SIGCONT)
        result = ended(long[0])

    assert (result["code"], result["by"]) == ("claim_lost", "block")


@pytest.mark.long
def test_a_worker_that_is_told_to_stop_hands_back_what_takes_longer(
    claimed: Claimed, empty_broker: redis.Redis
) -> None:
    long, waiting = claimed(), claimed()

    with processes.worker(concurrency=1, include=TASKS) as running:
        holding_tasks.sleep.apply_async((*long, FAR_SECONDS, FAR_SECONDS), queue="actions")
        holding_tasks.sleep.apply_async((*waiting, FAR_SECONDS, 0), queue="actions")
        seconds = start_and_stop(running, long[0])

    result = output(long[0])
    assert (result["code"], result["by"]) == ("worker_stopping", "block")
    assert 1 < seconds < FAR_SECONDS / 2
    assert output(waiting[0])["by"] == ""
    assert empty_broker.llen("actions") == 1, "what it had not begun is for other workers"


@pytest.mark.long
def test_a_worker_that_is_told_to_stop_ends_what_does_not_mind(claimed: Claimed, empty_broker: redis.Redis) -> None:
    deaf = claimed()

    with processes.worker(concurrency=1, include=TASKS) as running:
        holding_tasks.swallow_everything.apply_async((*deaf, FAR_SECONDS), queue="actions")
        seconds = start_and_stop(running, deaf[0])

    result = output(deaf[0])
    assert (result["code"], result["by"]) == ("worker_stopping", "keeper")
    assert 2 < seconds < FAR_SECONDS / 2
    assert empty_broker.llen("actions") == 1, "the message of a process that was killed comes back"


@pytest.mark.long
def test_a_worker_that_is_told_to_stop_waits_for_what_ends_in_time(claimed: Claimed, settings: Settings) -> None:
    settings.SEQUITUR_STOP_SECONDS = 20
    short = claimed()

    with processes.worker(concurrency=1, include=TASKS) as running:
        holding_tasks.sleep.apply_async((*short, FAR_SECONDS, 1), queue="actions")
        start_and_stop(running, short[0])

    assert output(short[0])["by"] == "end"
