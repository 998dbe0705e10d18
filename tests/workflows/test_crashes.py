"""What happens when processes die and messages vanish: nothing is lost, and what is sent again carries the same key."""

import threading
from functools import partial

import pytest
import redis
from django.db import connection
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from core import tenancy
from core.models import Workspace
from tests import broker, factories, processes
from triggers.services import matching
from triggers.services import recovery as events_recovery
from workflows.models import ActionAttempt
from workflows.services import recovery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker", "both_modes")]

QUEUED_RUNS = 200


@pytest.fixture(autouse=True)
def quick_recovery(settings: Settings) -> None:
    settings.SEQUITUR_LEASE_SECONDS = 1
    settings.SEQUITUR_REHINT_SECONDS = 1


def test_a_run_survives_the_death_of_its_worker_in_the_middle_of_an_action(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    arrived, is_first = threading.Event(), threading.Event()
    keys: list[str] = []

    def answer(request: Request) -> Response:
        keys.append(request.headers["Idempotency-Key"])
        if not is_first.is_set():
            is_first.set()
            arrived.set()
            threading.Event().wait(3)  # longer than the time-out: the worker dies while it waits
        return Response("{}", content_type="application/json")

    httpserver.expect_request("/slow").respond_with_handler(answer)
    call = {"type": "http_request", "params": {"method": "POST", "url": httpserver.url_for("/slow")}}
    factories.published(workspace, factories.definition({**call, "timeout_seconds": 2}, factories.log_event("after")))

    with processes.worker() as first:
        factories.event(workspace)
        assert arrived.wait(30), "the worker never called the receiver"
        first.kill()
    with processes.worker():
        processes.eventually(
            lambda: processes.all_runs_completed(workspace, number=1),
            meanwhile=recovery.sweep,
            what="the run completes after the restart",
        )

    assert len(keys) == 2
    assert keys[0] == keys[1]
    with tenancy.scope(workspace.pk):
        tries = ActionAttempt.objects.filter(action_run__key="http_request").values_list("number", "outcome")
        assert list(tries) == [(1, "lost"), (2, "completed")]


@pytest.mark.long
@pytest.mark.parametrize("window", [0, 8], ids=["a message for each", "a window of messages"])
def test_a_broker_that_forgets_everything_loses_no_run(
    window: int, workspace: Workspace, empty_broker: redis.Redis, settings: Settings
) -> None:
    settings.SEQUITUR_FAIR_WINDOW = window
    factories.published(workspace, factories.definition(factories.log_event("one"), factories.log_event("two")))
    for number in range(QUEUED_RUNS):
        matching.match(factories.event(workspace, number=number).pk)
    assert len(broker.messages(empty_broker, "actions")) == (window or QUEUED_RUNS)

    empty_broker.flushdb()
    with processes.worker():
        processes.eventually(
            lambda: processes.all_runs_completed(workspace, number=QUEUED_RUNS),
            meanwhile=recovery.sweep,
            what="all runs complete after the broker was emptied",
        )

    with tenancy.scope(workspace.pk):
        tries = ActionAttempt.objects.values_list("action_run", "number", "outcome")
        assert len(tries) == len(set(tries)) == 2 * QUEUED_RUNS
        assert {(number, outcome) for _, number, outcome in tries} == {(1, "completed")}


@pytest.mark.long
def test_events_whose_message_was_lost_are_matched(workspace: Workspace, empty_broker: redis.Redis) -> None:
    factories.published(workspace)
    for number in range(20):
        factories.event(workspace, number=number)

    empty_broker.flushdb()
    with processes.worker():
        processes.eventually(
            lambda: processes.all_runs_completed(workspace, number=20),
            meanwhile=events_recovery.rehint,
            what="all events are matched after the broker was emptied",
        )


@pytest.mark.long
def test_a_worker_that_is_told_to_stop_finishes_what_it_holds(workspace: Workspace, httpserver: HTTPServer) -> None:
    arrived, may_answer = threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        arrived.set()
        may_answer.wait(10)
        return Response("{}", content_type="application/json")

    httpserver.expect_request("/slow").respond_with_handler(answer)
    params = {"method": "POST", "url": httpserver.url_for("/slow")}
    factories.published(workspace, factories.definition({"type": "http_request", "params": params}))

    with processes.worker() as running:
        factories.event(workspace)
        assert arrived.wait(30), "the worker never called the receiver"
        running.process.terminate()
        may_answer.set()
        assert running.process.wait(processes.DEADLINE_SECONDS) == 0

    assert processes.all_runs_completed(workspace, number=1)
    with tenancy.scope(workspace.pk):
        assert list(ActionAttempt.objects.values_list("number", "outcome")) == [(1, "completed")]


@pytest.mark.long
def test_a_worker_whose_database_connections_were_cut_goes_on(workspace: Workspace) -> None:
    factories.published(workspace)

    with processes.worker(concurrency=1):
        for number in (1, 2, 3):
            factories.event(workspace)
            done = partial(processes.all_runs_completed, workspace, number=number)
            processes.eventually(done, what=f"run {number} completes")
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with tenancy.scope(workspace.pk):
        assert list(ActionAttempt.objects.values_list("number", "outcome")) == [(1, "completed")] * 3
