"""Dead letters of actions are tried again in their run, and close when that was done in another way."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from core.errors import ConflictError
from core.models import AuditEntry, DeadLetter, Workspace
from core.services import redriving
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services.repair import retrying, skipping

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


@pytest.fixture
def letter(workspace: Workspace, httpserver: HTTPServer) -> DeadLetter:
    """Of an action whose receiver was down; it is up again."""
    httpserver.expect_ordered_request("/crm").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/crm").respond_with_data("{}")
    call: dict[str, Any] = {
        "id": "call",
        "type": "http_request",
        "params": {"method": "POST", "url": httpserver.url_for("/crm")},
        "retry": {"max_attempts": 1},
    }
    factories.published(workspace, factories.definition(call, factories.log_event("after")))
    matching.match(factories.event(workspace).pk)
    runner.drain()
    return DeadLetter.objects.get()


def test_a_letter_that_is_redriven_lets_its_run_go_on_under_the_same_key(
    letter: DeadLetter, httpserver: HTTPServer
) -> None:
    assert (letter.status, letter.code) == ("open", "http_status")

    for _ in range(2):
        redriving.redrive(letter.pk, by="ada", reason="the CRM is up")
    runner.drain()

    assert (Run.objects.get().status, DeadLetter.objects.get().status) == ("completed", "redriven")
    keys = [request.headers["Idempotency-Key"] for request, _ in httpserver.log]
    assert keys == [str(letter.source_id)] * 2


def test_a_run_that_is_retried_or_whose_action_is_left_out_has_no_open_letter(letter: DeadLetter) -> None:
    skipping.skip(ActionRun.objects.get(key="call").pk, by="ada", reason="done by hand")

    closed = DeadLetter.objects.get()
    assert (closed.status, closed.reason) == ("redriven", "done by hand")
    runner.drain()
    assert Run.objects.get().status == "completed"


def test_a_second_failure_after_a_retry_has_a_letter_of_its_own(letter: DeadLetter, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/crm").respond_with_data("", status=503)

    retrying.retry(Run.objects.get().pk, by="ada", reason="again")
    runner.drain()

    assert sorted(DeadLetter.objects.values_list("status", flat=True)) == ["open", "redriven"]
    assert AuditEntry.objects.filter(action="run.retried", actor="ada").count() == 1


def test_a_letter_whose_run_completed_meanwhile_stays_and_says_why(letter: DeadLetter) -> None:
    Run.objects.update(status="completed")
    ActionRun.objects.update(status="completed")

    with pytest.raises(ConflictError):
        redriving.redrive(letter.pk, by="ada", reason="")

    assert DeadLetter.objects.get().status == "open"
