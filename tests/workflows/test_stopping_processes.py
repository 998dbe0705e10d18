"""A deploy in the middle of actions: nothing waits for a lease to end, and nothing is sent twice by mistake."""

import threading
import time

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from core import tenancy
from core.models import Workspace
from tests import factories, processes
from workflows.models import ActionAttempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]


@pytest.fixture(autouse=True)
def quick_stop(settings: Settings) -> None:
    settings.SEQUITUR_STOP_SECONDS = 1
    settings.SEQUITUR_LEASE_SECONDS = 3600  # nobody may have to wait for its end


@pytest.mark.long
def test_a_worker_that_is_told_to_stop_hands_back_what_takes_longer(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    arrived, over = threading.Event(), threading.Event()
    keys: list[str] = []

    def answer(request: Request) -> Response:
        keys.append(request.headers["Idempotency-Key"])
        arrived.set()
        if len(keys) == 1:
            over.wait(30)
        return Response("{}", content_type="application/json")

    httpserver.expect_request("/slow").respond_with_handler(answer)
    params = {"method": "POST", "url": httpserver.url_for("/slow")}
    slow = {"id": "slow", "type": "http_request", "params": params, "timeout_seconds": 60}
    factories.published(workspace, factories.definition(slow, factories.log_event("after")))

    try:
        with processes.worker() as first:
            factories.event(workspace)
            assert arrived.wait(30), "the worker never called the receiver"
            begun = time.monotonic()
            assert first.stop() == 0
            assert time.monotonic() - begun < 20
        with processes.worker():
            processes.eventually(
                lambda: processes.all_runs_completed(workspace, number=1), what="the other worker goes on at once"
            )
    finally:
        over.set()

    assert len(keys) == 2
    assert keys[0] == keys[1]
    with tenancy.scope(workspace.pk):
        tries = ActionAttempt.objects.filter(action_run__key="slow").values_list("number", "outcome")
        assert list(tries) == [(1, "interrupted"), (2, "completed")]
