"""What follows a failure: undoing, error workflows, time-outs, decisions of people."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from core import tenancy
from core.models import AuditEntry, Workspace
from tests import factories, runner
from tests.runner import outputs, states
from tests.workflows.flows.conftest import Flow, failing, step
from triggers.models import Event
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run, Workflow
from workflows.services import claims, decisions, execution, recovery, runs, workflows

pytestmark = pytest.mark.django_db


def undoing(message: str) -> dict[str, Any]:
    return {"type": "log_event", "params": {"message": message}}


def test_a_failed_run_undoes_what_completed_the_last_first(flow: Flow) -> None:
    run = flow(
        step("book", "b1", undo=undoing("cancel {{ actions.book.output.message }}")),
        step("charge", undo=undoing("refund")),
        failing("ship", undo=undoing("never")),
    )

    assert states(run) == {
        "book": "completed", "charge": "completed", "ship": "failed",
        "charge.undo": "completed", "book.undo": "completed",
    }  # fmt: skip
    assert outputs(run)["book.undo"]["message"] == "cancel b1"
    assert (run.status, (run.error or {})["action"]) == ("failed", "ship")
    with tenancy.scope(run.workspace_id):
        rows = ActionRun.objects.filter(run=run, key__endswith=".undo").order_by("finished_at")
        assert [row.key for row in rows] == ["charge.undo", "book.undo"]


def test_an_undoing_that_fails_keeps_no_other_from_being_done(flow: Flow) -> None:
    refuse = {"type": "test_trying", "params": {"succeed_on_attempt": 0, "is_retryable": False}}

    run = flow(step("book", undo=undoing("x")), step("charge", undo=refuse), failing("ship"))

    assert (states(run)["charge.undo"], states(run)["book.undo"], run.status) == ("failed", "completed", "failed")


def test_an_undoing_that_stops_the_run_keeps_no_other_from_being_done(flow: Flow) -> None:
    run = flow(step("book", undo=undoing("x")), step("charge", undo={"type": "stop"}), failing("ship"))

    assert (states(run)["charge.undo"], states(run)["book.undo"], run.status) == ("completed", "completed", "failed")


def test_nothing_is_undone_when_the_workflow_says_so(flow: Flow) -> None:
    run = flow(step("book", undo=undoing("x")), failing("ship"), settings={"undo": False})

    assert states(run) == {"book": "completed", "ship": "failed"}
    assert run.status == "failed"


def test_every_item_that_completed_is_undone(flow: Flow) -> None:
    lines = {"items": "{{ event.data.lines }}"}
    book = step("book", for_each=lines, undo=undoing("cancel {{ item }}"))

    run = flow(book, failing("ship"), data={"lines": ["a", "b"]})

    undone = [output["message"] for key, output in outputs(run).items() if "undo" in key]
    assert undone == ["cancel b", "cancel a"]


def handler(workspace: Workspace, name: str = "Handler") -> None:
    says = step("note", "{{ error.code }} of {{ workflow_name | default(event.data.workflow.name) }} at {{ action }}")
    factories.published(workspace, factories.definition(says, name=name, trigger={"type": "never.sent"}))


def test_a_failed_run_starts_the_workflow_that_handles_it(flow: Flow, workspace: Workspace) -> None:
    handler(workspace)

    run = flow(failing("boom"), settings={"on_failure": "Handler"})
    runner.drain()

    with tenancy.scope(workspace.pk):
        handled = Run.objects.get(cause=run)
        assert (handled.status, handled.event.type, handled.depth) == ("completed", "run.failed", 1)
        assert outputs(handled)["note"]["message"] == "test of Greet at boom"
        assert handled.event.data["run"] == str(run.pk)


def test_no_event_from_outside_keeps_a_failed_run_from_ending(flow: Flow, workspace: Workspace) -> None:
    handler(workspace)
    run = flow(
        {"id": "wait", "type": "delay", "params": {"seconds": 60}}, failing("boom"), settings={"on_failure": "Handler"}
    )
    with tenancy.scope(workspace.pk):
        at = {"time": run.created_at, "received_at": run.created_at}
        event = {"source": runs.SOURCE, "event_id": f"run.failed:{run.pk}", "type": "any"}
        Event.objects.create(workspace_id=workspace.pk, **event, **at)

    runner.pass_time(seconds=60)
    runner.drain()

    with tenancy.scope(workspace.pk):
        run.refresh_from_db()
        assert (run.status, Run.objects.get(cause=run).status) == ("failed", "completed")


def not_handled(workspace: Workspace) -> list[tuple[str, str]]:
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.filter(action="run.not_handled").order_by("id")
        return [((row.after or {})["code"], row.reason) for row in rows]


def test_a_workflow_does_not_handle_its_own_failures(flow: Flow, workspace: Workspace) -> None:
    handler(workspace)
    run = flow(
        {**failing("boom"), "if": {"field": "is_broken", "operator": "eq", "value": True}},
        settings={"on_failure": "Handler"},
    )
    with tenancy.scope(workspace.pk):  # as nobody can publish it, but anybody can rename what is published
        Workflow.objects.filter(name="Handler").update(name="Another", slug="another")
        Workflow.objects.filter(pk=run.workflow_id).update(name="Handler")

    matching.match(factories.event(workspace, is_broken=True).pk)
    runner.drain()

    with tenancy.scope(workspace.pk):
        assert Run.objects.latest("id").status == "failed"
        assert not Run.objects.filter(cause__isnull=False).exists()
    assert not_handled(workspace) == [("own_failure", "A workflow does not handle its own failures.")]


def test_a_failure_whose_handler_is_paused_says_so(flow: Flow, workspace: Workspace) -> None:
    handler(workspace)
    with tenancy.scope(workspace.pk):
        workflows.pause(Workflow.objects.get(name="Handler"))

    run = flow(failing("boom"), settings={"on_failure": "Handler"})

    assert run.status == "failed"
    assert not_handled(workspace) == [("not_active", "There is no active workflow 'Handler'.")]


def test_workflows_that_handle_each_others_failures_end_and_say_so(
    flow: Flow, workspace: Workspace, settings: Settings
) -> None:
    settings.SEQUITUR_MAX_RUN_DEPTH = 3
    handler(workspace, "Other")
    factories.published(
        workspace,
        factories.definition(failing("bang"), name="Handler", trigger="never.sent", settings={"on_failure": "Other"}),
    )
    with tenancy.scope(workspace.pk):
        Workflow.objects.filter(name="Other").update(name="Unused", slug="unused")

    flow(failing("boom"), name="Other", settings={"on_failure": "Handler"})
    runner.drain()

    with tenancy.scope(workspace.pk):
        assert list(Run.objects.order_by("id").values_list("depth", "status")) == [
            (depth, "failed") for depth in range(4)
        ]
    reason = "loop: 3 runs led to this one, each started by the one before; at most that many may"
    assert not_handled(workspace) == [("loop", reason)]


def test_a_failure_whose_handler_is_held_back_says_so(flow: Flow, workspace: Workspace) -> None:
    limited = {"rate_limit": {"limit": 1, "per_seconds": 3600}}
    factories.published(
        workspace, factories.definition(step("note"), name="Handler", trigger="never.sent", settings=limited)
    )
    flow(failing("boom"), settings={"on_failure": "Handler"})

    matching.match(factories.event(workspace).pk)
    runner.drain()

    with tenancy.scope(workspace.pk):
        assert Run.objects.filter(status="failed").count() == 2
        assert Run.objects.filter(cause__isnull=False).count() == 1
    [(code, reason)] = not_handled(workspace)
    assert code == "rate_limit"
    assert reason.startswith("The run may not start now: rate limit 1/3600s: the next may start at ")


def test_a_run_that_takes_too_long_fails(flow: Flow) -> None:
    delay = {"id": "wait", "type": "delay", "params": {"seconds": 60}}
    run = flow(delay, step("after"), settings={"timeout_seconds": 30})
    with tenancy.scope(run.workspace_id):
        Run.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))

    recovery.sweep()

    with tenancy.scope(run.workspace_id):
        run.refresh_from_db()
    assert states(run) == {"wait": "cancelled", "after": "skipped"}
    message = "The run took longer than the 30 seconds that its workflow allows."
    assert (run.status, run.error) == ("failed", {"code": "run_timeout", "message": message, "action": None})


def test_what_no_worker_took_in_time_is_not_done(flow: Flow, workspace: Workspace, both_modes: bool) -> None:
    delay = {"id": "wait", "type": "delay", "params": {"seconds": 60}}
    run = flow(delay, step("after", start_within_seconds=5, needs=["wait"]))
    with tenancy.scope(workspace.pk):
        ActionRun.objects.filter(run=run, key="wait").update(status="completed", due_at=None)
        ActionRun.objects.filter(run=run, key="after").update(
            status="queued", hinted_at=timezone.now(), start_by=timezone.now() - timedelta(seconds=1)
        )

    recovery.fail_unstarted()

    with tenancy.scope(workspace.pk):
        run.refresh_from_db()
    assert (run.status, (run.error or {})["code"]) == ("failed", "not_started_in_time")
    assert states(run)["after"] == "failed"


@pytest.mark.parametrize("in_body", [False, True])
def test_each_queued_action_has_its_own_time_to_start(flow: Flow, settings: Settings, in_body: bool) -> None:
    settings.RUN_FAST_FORWARD = False
    steps = [step("first"), step("second", start_within_seconds=5)]
    body = {"id": "both", "type": "parallel", "params": {"branches": {"only": steps}}}
    run = flow({"id": "wait", "type": "delay", "params": {"seconds": 60}}, *([body] if in_body else steps))
    runner.pass_time(seconds=60)

    with tenancy.unscoped("tests look at everything"):
        while (row := ActionRun.objects.filter(run=run, status="queued").get()).key != "second":
            execution.execute(row.pk)
    assert row.start_by is not None


ONCE = {"id": "send", "type": "test_once", "params": {}}


def unknown(flow: Flow) -> Run:
    """A run whose only action has an outcome that nobody knows."""
    run = flow({**ONCE, "run_at": "2999-01-01"}, step("after"))
    with tenancy.unscoped("tests look at everything"):
        row = ActionRun.objects.get(run=run, key="send")
        ActionRun.objects.filter(pk=row.pk).update(status="queued", due_at=None, hinted_at=timezone.now())
        assert claims.claim(row.pk) is not None
        ActionRun.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    recovery.reap()
    with tenancy.unscoped("tests look at everything"):
        run.refresh_from_db()
    assert (run.status, states(run)["send"]) == ("needs_decision", "needs_decision")
    return run


@pytest.mark.parametrize(
    ("decision", "send", "after", "attempts"),
    [
        ("confirm", "completed", "completed", 1),
        ("skip", "skipped", "skipped", 1),
        ("resend", "completed", "completed", 2),
    ],
)
def test_a_person_decides_what_became_of_an_action(
    flow: Flow, decision: str, send: str, after: str, attempts: int
) -> None:
    run = unknown(flow)

    with tenancy.scope(run.workspace_id):
        row = ActionRun.objects.get(run=run, key="send")
        if decision == "resend":  # succeeds on the second try
            from workflows.models import WorkflowVersion
            from workflows.services import versions

            version = WorkflowVersion.objects.get(pk=run.version_id)
            version.definition["actions"][0]["params"] = {"succeed_on_attempt": 2}
            version.save()
            versions.load.cache_clear()
        decisions.decide(row, decision, comment="looked it up", by="Ada")
    runner.drain()

    assert states(run) == {"send": send, "after": after}
    with tenancy.scope(run.workspace_id):
        run.refresh_from_db()
        assert run.status == "completed"
        assert ActionAttempt.objects.filter(action_run__key="send").count() == attempts
