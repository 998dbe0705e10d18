"""Which runs leave a dead letter, and what trying one again asks for."""

from typing import Any

import pytest

from core import tenancy
from core.models import DeadLetter, Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import stopping

pytestmark = pytest.mark.django_db

FAIL = {"id": "charge", "type": "fail", "params": {"message": "No money.", "code": "declined"}}


def ran(workspace: Workspace, *actions: dict[str, Any], **parts: Any) -> Run:
    """A run of these actions, at its end."""
    factories.published(workspace, factories.definition(*actions, **parts))
    event = factories.event(workspace)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        return runner.finish(Run.objects.get(event=event, parent=None))


def letters() -> list[DeadLetter]:
    with tenancy.unscoped("a test"):
        return list(DeadLetter.objects.all())


def test_an_action_by_which_its_run_fails_leaves_a_letter(workspace: Workspace) -> None:
    run = ran(workspace, FAIL)

    [letter] = letters()
    with tenancy.scope(workspace.pk):
        row = ActionRun.objects.get(run=run)
    assert (letter.kind, letter.source_id, letter.run_id, letter.workflow_id) == (
        "action", row.pk, run.pk, run.workflow_id,
    )  # fmt: skip
    assert (letter.code, letter.message, letter.attempts, letter.task) == ("declined", "No money.", 1, "charge")
    assert letter.payload == {
        "run": str(run.pk),
        "event": str(run.event_id),
        "workflow": str(run.workflow_id),
        "action": "charge",
        "iteration": "",
    }


@pytest.mark.parametrize(
    "actions",
    [
        pytest.param([{**FAIL, "allow_failure": True}], id="allowed"),
        pytest.param([FAIL, factories.log_event("sorry", id="sorry", needs=["charge.error"])], id="handled"),
        pytest.param([factories.log_event("fine")], id="none"),
    ],
)
def test_a_failure_that_is_handled_leaves_none(workspace: Workspace, actions: list[dict[str, Any]]) -> None:
    assert ran(workspace, *actions).status == "completed"
    assert letters() == []


def test_a_run_that_took_too_long_leaves_a_letter_about_itself(workspace: Workspace) -> None:
    delay = {"id": "wait", "type": "delay", "params": {"seconds": 500}}
    factories.published(workspace, factories.definition(delay, settings={"timeout_seconds": 60}))
    event = factories.event(workspace)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        run = Run.objects.get(event=event)
        Run.objects.filter(pk=run.pk).update(deadline_at=run.created_at)
        stopping.time_out(run.pk)
        stopping.time_out(run.pk)

    [letter] = letters()
    assert (letter.source_id, letter.run_id, letter.code, letter.task) == (run.pk, run.pk, "run_timeout", "")


def test_a_run_that_another_waits_for_leaves_its_letter_to_that(workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(FAIL, name="Child", trigger="child.never"))
    call = {"id": "call", "type": "workflow", "params": {"workflow": "Child"}}
    run = ran(workspace, call)

    [letter] = letters()
    assert (run.status, letter.run_id, letter.task) == ("failed", run.pk, "call")


def test_a_cancelled_run_leaves_none(workspace: Workspace) -> None:
    delay = {"type": "delay", "params": {"seconds": 500}}
    factories.published(workspace, factories.definition(delay))
    event = factories.event(workspace)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        stopping.cancel(Run.objects.get(event=event).pk)

    assert letters() == []


def test_a_failure_that_is_rolled_back_leaves_none(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("workflows.services.runs.start_consequence", crash)
    with pytest.raises(ZeroDivisionError):
        ran(workspace, FAIL)

    assert letters() == []
