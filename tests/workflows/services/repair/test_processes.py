"""A run is cancelled at once while a real worker performs a slow request, and is taken up again."""

import threading

import pytest
import redis
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from core import tenancy
from core.models import Workspace
from tests import factories, processes
from triggers.services import matching
from workflows.models import ActionAttempt, Run
from workflows.services import recovery, stopping
from workflows.services.repair import retrying

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]


def test_a_slow_request_is_interrupted_and_tried_again_with_its_key(
    workspace: Workspace, httpserver: HTTPServer, settings: Settings, empty_broker: redis.Redis
) -> None:
    settings.SEQUITUR_LEASE_SECONDS = 1
    keys: list[str | None] = []
    leave = threading.Event()

    def answer(request: Request) -> Response:
        keys.append(request.headers.get("Idempotency-Key"))
        if len(keys) == 1:
            leave.wait(processes.DEADLINE_SECONDS)
        return Response("{}", content_type="application/json")

    httpserver.expect_request("/pay").respond_with_handler(answer)
    pay = {"id": "pay", "type": "http_request", "params": {"method": "POST", "url": httpserver.url_for("/pay")}}
    factories.published(workspace, factories.definition(pay, factories.log_event("paid", id="after")))
    event = factories.event(workspace)

    with processes.worker(concurrency=1):
        matching.match(event.pk)
        processes.eventually(lambda: len(keys) == 1, what="the request has arrived")
        with tenancy.scope(workspace.pk):
            run = Run.objects.get()
            stopping.cancel_for(run.pk, by="ada", is_immediate=True)
            assert Run.objects.get().status == "cancelled"
            retrying.retry(run.pk, by="ada")  # the only process of the worker still performs the first try
        processes.eventually(lambda: attempt_of(run) == 2, meanwhile=recovery.sweep, what="the process is free again")
        leave.set()  # the receiver answers one after the other
        processes.eventually(lambda: processes.all_runs_completed(workspace, number=1), what="the run completes")

    with tenancy.scope(workspace.pk):
        tries = ActionAttempt.objects.filter(action_run__key="pay").order_by("number")
        assert list(tries.values_list("number", "outcome")) == [(1, "interrupted"), (2, "completed")]
    assert len(keys) == 2
    assert keys[0] == keys[1] is not None


def attempt_of(run: Run) -> int:
    with tenancy.scope(run.workspace_id):
        return run.action_runs.get(key="pay").attempt
