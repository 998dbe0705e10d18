"""The life of one try: claim, perform, record."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from pytest_django import Settings

from actions.base import ActionResult
from core.models import Workspace
from core.services import secrets
from tests import factories
from tests.action_types import Trying
from tests.workflows.services.conftest import StartRun, action, states, trying
from workflows.models import ActionAttempt, ActionRun
from workflows.services import claims, concealing, context, execution, outcomes, performing
from workflows.services.outcomes import Recorded

pytestmark = pytest.mark.django_db


def test_an_action_is_performed_and_the_next_one_queued(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(note="{{ lead.name }}"), factories.log_event("after"), data={"lead": {"name": "Ada"}})

    execution.execute(action(run).pk)

    assert states(run) == ["completed", "queued"]
    assert action(run).output == {"key": str(action(run).pk), "note": "Ada"}
    attempt = ActionAttempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.input, attempt.request) == (
        1,
        "completed",
        {"note": "Ada"},
        {"note": "Ada"},
    )
    run.refresh_from_db()
    assert (run.status, run.variables, run.usage) == ("running", {"succeeded_on": 1}, {"webhooks_called": 2})


def test_executing_again_changes_nothing(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(), factories.log_event("after"))
    execution.execute(action(run).pk)

    execution.execute(action(run).pk)
    assert ActionAttempt.objects.count() == 1


def test_the_run_completes_with_its_last_action(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())

    execution.execute(action(run).pk)

    run.refresh_from_db()
    assert (run.status, run.error) == ("completed", None)
    assert run.finished_at is not None


def test_later_actions_see_the_output_and_the_variables_of_earlier_ones(scope: Workspace, start_run: StartRun) -> None:
    second = {**trying(note="{{ actions.try.output.note }}{{ run.variables.succeeded_on }}"), "id": "second"}
    run = start_run(trying(note="first"), second)

    for position in range(2):
        execution.execute(action(run, position).pk)

    assert action(run, 1).output == {"key": str(action(run, 1).pk), "note": "first1"}


def test_a_failure_that_may_pass_waits_for_another_try(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(succeed_on_attempt=2, after_seconds=5), factories.log_event("after"))

    execution.execute(action(run).pk)

    row = action(run)
    assert (row.status, row.error, row.lease_until) == (
        "waiting",
        {"code": "test", "message": "attempt 1 failed"},
        None,
    )
    assert row.due_at is not None
    run.refresh_from_db()
    assert (run.status, run.error) == ("waiting", None)


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        pytest.param(
            {"succeed_on_attempt": 0, "is_retryable": False}, "test", "attempt 1 failed", id="it says that it cannot"
        ),
        pytest.param({"raises": True, "note": "x"}, "internal", "RuntimeError: a bug, with x", id="it has a bug"),
        pytest.param({"refused_by_database": True}, "internal", "DataError: value too long", id="its query has a bug"),
        pytest.param(
            {"succeed_on_attempt": "{{ lead.name }}"},
            "invalid_parameters",
            "/succeed_on_attempt: Expected a whole number",
            id="its parameters turn out wrong",
        ),
    ],
)
def test_a_failure_for_good_fails_the_run_and_skips_the_rest(
    scope: Workspace, start_run: StartRun, params: dict[str, Any], code: str, message: str
) -> None:
    run = start_run(trying(**params), factories.log_event("after"), data={"lead": {"name": "Ada"}})

    execution.execute(action(run).pk)

    assert states(run) == ["failed", "skipped"]
    run.refresh_from_db()
    error = action(run).error or {}
    assert (run.status, run.error) == ("failed", {**error, "action": "try"})
    assert error["code"] == code
    assert message in error["message"]


def test_a_template_that_finds_nothing_fails_the_action_with_the_path(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(note="{{ lead.owner.email }}"), data={"lead": {}})

    execution.execute(action(run).pk)

    error = action(run).error or {}
    assert error["code"] == "unknown_path"
    assert "lead.owner.email" in error["message"]


def test_a_failure_that_is_allowed_goes_on(scope: Workspace, start_run: StartRun) -> None:
    failing = {**trying(succeed_on_attempt=0, is_retryable=False), "allow_failure": True}
    run = start_run(failing, factories.log_event("after"))

    execution.execute(action(run).pk)
    execution.execute(action(run, 1).pk)

    assert states(run) == ["failed", "completed"]
    run.refresh_from_db()
    assert (run.status, run.error) == ("completed", None)


def test_a_database_that_fails_says_nothing_about_the_action(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(note="{{ lead.name }}"), data={"lead": {"name": "Ada"}})

    with patch.object(context, "build", side_effect=OperationalError), pytest.raises(OperationalError):
        execution.execute(action(run).pk)

    assert states(run) == ["running"]
    assert not ActionAttempt.objects.exists()


def test_a_secret_that_cannot_be_read_fails_the_action(
    scope: Workspace, start_run: StartRun, settings: Settings
) -> None:
    secrets.put(name="token", value="canary-7f3a")
    run = start_run(trying(note="{{ secrets.token }}"))
    settings.SEQUITUR_ENCRYPTION_KEYS = []

    execution.execute(action(run).pk)

    assert (action(run).status, (action(run).error or {})["code"]) == ("failed", "no_encryption_key")


@pytest.mark.parametrize("params", [{}, {"succeed_on_attempt": 0, "is_retryable": False}, {"raises": True}], ids=str)
def test_a_secret_is_sent_and_never_stored(scope: Workspace, start_run: StartRun, params: dict[str, Any]) -> None:
    secrets.put(name="token", value="canary-7f3a")
    run = start_run(trying(**params, note="Bearer {{ secrets.token }}"))

    execution.execute(action(run).pk)

    stored = [*ActionRun.objects.values(), *ActionAttempt.objects.values()]
    run.refresh_from_db()
    assert "canary" not in str([*stored, run.error, run.variables])
    assert "[redacted]" in str(stored)


def test_a_token_that_an_action_returned_reaches_the_next_one(scope: Workspace, start_run: StartRun) -> None:
    second = {**trying(note="{{ actions.login.output.token }}"), "id": "second"}
    login = {"id": "login", "type": "set_variables", "params": {"variables": {"token": "tok-123456"}}}
    run = start_run(login, second)

    for position in range(2):
        execution.execute(action(run, position).pk)

    assert (action(run, 1).output or {})["note"] == "tok-123456"


def test_an_output_is_kept_whole_or_not_at_all(
    scope: Workspace, start_run: StartRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(trying(note="x" * 1000))
    monkeypatch.setattr(performing, "MAX_OUTPUT_BYTES", 999)

    execution.execute(action(run).pk)

    row = action(run)
    assert (row.status, (row.error or {})["code"], row.output) == ("failed", "output_too_large", None)


@pytest.mark.parametrize("value", ["a\0b", "half \ud800", float("nan"), float("inf")], ids=repr)
def test_a_result_that_cannot_be_stored_is_mended(
    scope: Workspace, start_run: StartRun, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    run = start_run(trying())
    monkeypatch.setattr(Trying, "perform", lambda *_: ActionResult(output={"x": value}))

    execution.execute(action(run).pk)

    assert (action(run).status, action(run).error) == ("completed", None)


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_all_the_same_fails_the_action(
    scope: Workspace, start_run: StartRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(trying())
    monkeypatch.setattr(Trying, "perform", lambda *_: ActionResult(output={"x": float("nan")}))
    monkeypatch.setattr(concealing, "conceal", lambda outcome, **_: outcome)

    execution.execute(action(run).pk)

    assert (action(run).status, (action(run).error or {})["code"]) == ("failed", "unstorable_result")


def test_a_try_whose_claim_was_lost_writes_nothing(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(), factories.log_event("after"))
    claim = claims.claim(action(run).pk)
    assert claim is not None
    ActionRun.objects.filter(pk=action(run).pk).update(attempt=2)  # the lease ended, and another worker has it

    assert outcomes.record(claim, performing.perform(claim)) == Recorded()

    assert (action(run).status, action(run).output) == ("running", None)
    assert not ActionAttempt.objects.exists()


@pytest.mark.parametrize("step", ["_add_attempt", "_add_to_run"])
def test_a_crash_while_recording_records_nothing(scope: Workspace, start_run: StartRun, step: str) -> None:
    run = start_run(trying(), factories.log_event("after"))

    with patch.object(outcomes, step, side_effect=RuntimeError), pytest.raises(RuntimeError):
        execution.execute(action(run).pk)

    assert states(run) == ["running", "pending"]
    assert not ActionAttempt.objects.exists()
