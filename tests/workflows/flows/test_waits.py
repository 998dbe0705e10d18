"""What waits: delays, moments, events, people, other runs."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from core.services import secrets
from tests import factories, runner
from tests.runner import outputs, states
from tests.workflows.flows.conftest import Flow, failing, step
from triggers.models import Event, Wait
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import claims, decisions, recovery, stopping
from workflows.types.workflow import WorkflowType

pytestmark = pytest.mark.django_db

SECRET = "{{ secrets.token }}"


def of(run: Run, key: str) -> ActionRun:
    with tenancy.unscoped("tests look at everything"):
        return ActionRun.objects.get(run=run, key=key, iteration="")


def after(run: Run) -> Run:
    """The run after everything that can go on has gone on."""
    runner.drain()
    with tenancy.unscoped("tests look at everything"):
        return Run.objects.get(pk=run.pk)


@pytest.mark.parametrize("seconds", [3, 30 * 86_400], ids=["3 seconds", "30 days"])
def test_a_short_delay_and_a_long_one_are_the_same_kind_of_row(flow: Flow, seconds: int) -> None:
    run = flow({"id": "wait", "type": "delay", "params": {"seconds": seconds}}, step("after"))
    row = of(run, "wait")

    assert (run.status, states(run)) == ("waiting", {"wait": "waiting", "after": "pending"})
    assert row.due_at is not None
    assert abs(row.due_at - timezone.now() - timedelta(seconds=seconds)) < timedelta(seconds=2)
    assert (row.attempt, row.lease_until) == (0, None)

    runner.pass_time(seconds=seconds - 2)
    assert states(after(run))["wait"] == "waiting"
    runner.pass_time(seconds=2)
    assert (after(run).status, states(run)) == ("completed", {"wait": "completed", "after": "completed"})


def test_an_action_is_done_at_its_moment(flow: Flow) -> None:
    at = (timezone.now() + timedelta(hours=1)).isoformat()
    run = flow(step("later", run_at="{{ at }}"), data={"at": at})

    assert states(run) == {"later": "waiting"}
    runner.pass_time(seconds=3600)
    assert (after(run).status, outputs(run)["later"]["message"]) == ("completed", "x")


def wait_for(**params: Any) -> dict[str, Any]:
    return {"id": "paid", "type": "wait_for_event", "params": {"event": "order.paid", "timeout_seconds": 60, **params}}


def test_an_event_that_is_waited_for_brings_the_run_on(flow: Flow, workspace: Workspace) -> None:
    run = flow(
        wait_for(correlation={"order": "{{ order }}"}),
        step("thank", "{{ actions.paid.output.event.data.amount }}", needs=["paid.done"]),
        step("remind", needs=["paid.timeout"]),
        data={"order": 7},
    )
    assert states(run)["paid"] == "waiting"

    matching.match(factories.event(workspace, "order.paid", order=8, amount=1).pk)
    assert states(after(run))["paid"] == "waiting"
    matching.match(factories.event(workspace, "order.paid", order=7, amount=2).pk)

    assert after(run).status == "completed"
    assert states(run) == {"paid": "completed", "thank": "completed", "remind": "skipped"}
    assert outputs(run)["thank"]["message"] == "2"
    with tenancy.scope(workspace.pk):
        assert not Wait.objects.exists()


def test_an_event_that_does_not_come_is_a_timeout(flow: Flow) -> None:
    run = flow(wait_for(), step("thank", needs=["paid"]), step("remind", needs=["paid.timeout"]))

    runner.pass_time(seconds=60)

    assert after(run).status == "completed"
    assert states(run) == {"paid": "completed", "thank": "skipped", "remind": "completed"}


def test_a_wait_that_fails_is_forgotten(flow: Flow) -> None:
    run = flow({**wait_for(), "retry": {"max_attempts": 1}})
    with tenancy.unscoped("tests look at everything"):
        ActionRun.objects.filter(run=run).update(status="queued", due_at=None)
        assert claims.claim(of(run, "paid").pk, is_careful=True) is not None
        ActionRun.objects.filter(run=run).update(lease_until=timezone.now() - timedelta(seconds=1))

    recovery.reap()

    assert states(run) == {"paid": "failed"}
    with tenancy.unscoped("tests look at everything"):
        assert not Wait.objects.exists()


def test_an_event_from_before_the_wait_counts_when_it_looks_back(flow: Flow, workspace: Workspace) -> None:
    matching.match(factories.event(workspace, "order.paid", order=7).pk)

    run = flow(wait_for(look_back_seconds=60), step("thank"))

    assert (run.status, states(run)) == ("completed", {"paid": "completed", "thank": "completed"})


@pytest.mark.parametrize(("decision", "taken", "left"), [("approved", "yes", "no"), ("rejected", "no", "yes")])
def test_a_person_approves_or_rejects(flow: Flow, decision: str, taken: str, left: str) -> None:
    ask = {"id": "ask", "type": "approval", "params": {"message": "Pay {{ amount }}?"}}
    run = flow(ask, step("yes", needs=["ask.approved"]), step("no", needs=["ask.rejected"]), data={"amount": 5})
    assert run.status == "waiting"

    with tenancy.scope(run.workspace_id):
        decisions.decide(of(run, "ask"), decision, comment="well", by="Ada")

    assert after(run).status == "completed"
    assert states(run) == {"ask": "completed", taken: "completed", left: "skipped"}
    assert outputs(run)["ask"] == {"decision": decision, "comment": "well", "by": "Ada"}


def test_an_approval_that_nobody_gives_expires(flow: Flow) -> None:
    ask = {"id": "ask", "type": "approval", "params": {"message": "Pay?", "expires_seconds": 60}}
    run = flow(ask, step("yes"), step("late", needs=["ask.expired"]))

    runner.pass_time(seconds=60)

    assert states(after(run)) == {"ask": "completed", "yes": "skipped", "late": "completed"}


def child(workspace: Workspace, *actions: dict[str, Any]) -> None:
    document = factories.definition(*actions, name="Child", trigger={"type": "child.called"})
    factories.published(workspace, document)


def call(**params: Any) -> dict[str, Any]:
    return {"id": "call", "type": "workflow", "params": {"workflow": "Child", "data": {"n": "{{ n }}"}, **params}}


def test_a_sub_workflow_is_waited_for_and_gives_its_output(flow: Flow, workspace: Workspace) -> None:
    child(workspace, {"id": "end", "type": "stop", "params": {"output": {"twice": "{{ n * 2 }}"}}})

    run = flow(
        call(returns={"twice": "number"}), step("after", "{{ actions.call.output.output.twice }}"), data={"n": 21}
    )

    assert (run.status, outputs(run)["after"]["message"]) == ("completed", "42")
    with tenancy.scope(workspace.pk):
        below = Run.objects.get(parent__run=run)
        assert (below.depth, below.event.type, below.event.data, below.firing) == (
            1,
            "workflow.called",
            {"n": 21},
            None,
        )


@pytest.mark.parametrize("params", [{"workflow": SECRET}, {"data": {"n": SECRET}}], ids=str)
def test_no_secret_is_stored_by_a_sub_workflow_of_an_old_version(
    flow: Flow, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any]
) -> None:
    monkeypatch.setattr(WorkflowType, "keeps_params", False)  # published when that was not looked at
    with tenancy.scope(workspace.pk):
        secrets.put(name="token", value="canary-7f3a")
    child(workspace, step("note", "{{ n }}"))

    flow(call(**params), data={"n": 1})

    with tenancy.scope(workspace.pk):
        stored = [*Event.objects.values(), *Run.objects.values(), *ActionRun.objects.values()]
        assert "canary" not in str([*stored, *ActionAttempt.objects.values()])
        assert "[redacted]" in str(stored)


def test_a_sub_workflow_that_is_not_waited_for_goes_its_own_way(flow: Flow, workspace: Workspace) -> None:
    child(workspace, {"id": "wait", "type": "delay", "params": {"seconds": 60}})

    run = flow(call(wait=False), step("after"), data={"n": 1})

    assert run.status == "completed"
    with tenancy.scope(workspace.pk):
        assert Run.objects.get(parent__run=run).status == "waiting"


def test_a_sub_workflow_that_fails_fails_the_action(flow: Flow, workspace: Workspace) -> None:
    child(workspace, failing("boom"))

    run = flow(call(), data={"n": 1})

    assert (run.status, (run.error or {})["code"]) == ("failed", "child_failed")


def test_workflows_that_call_each_other_end_at_the_limit(flow: Flow, workspace: Workspace) -> None:
    child(workspace, step("first"))
    document = factories.definition(call(workflow="Greet"), name="Child", trigger={"type": "child.called"})
    run = flow(call(), data={"n": 1})
    assert run.status == "completed"
    with tenancy.scope(workspace.pk):
        from workflows.models import Workflow
        from workflows.services import workflows

        row = Workflow.objects.get(name="Child")
        workflows.publish(workflows.update(row, document), published_by="test")
    matching.match(factories.event(workspace, n=2).pk)
    runner.drain()

    with tenancy.scope(workspace.pk):
        runs = Run.objects.filter(created_at__gt=run.created_at, pk__gt=run.pk)
        assert {each.status for each in runs if each.depth} <= {"failed", "completed"}
        assert max(runs.values_list("depth", flat=True)) == 5
        assert not runs.exclude(status__in=["failed", "completed"]).exists()


def test_cancelling_a_run_cancels_what_waits_and_the_runs_below(flow: Flow, workspace: Workspace) -> None:
    child(workspace, {"id": "wait", "type": "delay", "params": {"seconds": 60}})
    run = flow(call(), step("after"), data={"n": 1})
    assert run.status == "waiting"

    with tenancy.scope(workspace.pk):
        below = Run.objects.get(parent__run=run)
        stopping.cancel(run.pk)
        stopping.cancel_child(below.pk)  # as its message says
        run.refresh_from_db()
        below.refresh_from_db()

    assert (run.status, states(run)) == ("cancelled", {"call": "cancelled", "after": "skipped"})
    assert (below.status, states(below)) == ("cancelled", {"wait": "cancelled"})


def test_a_run_below_is_cancelled_although_its_message_is_lost(flow: Flow, workspace: Workspace) -> None:
    child(workspace, {"id": "wait", "type": "delay", "params": {"seconds": 60}})
    run = flow(call(), data={"n": 1})
    with tenancy.scope(workspace.pk):
        below = Run.objects.get(parent__run=run)
        stopping.cancel(run.pk)
        ActionRun.objects.filter(run=run).update(hinted_at=timezone.now() - timedelta(hours=1))

    assert recovery.cancel_children() == 1
    assert recovery.cancel_children() == 0

    with tenancy.scope(workspace.pk):
        below.refresh_from_db()
    assert (below.status, states(below)) == ("cancelled", {"wait": "cancelled"})
