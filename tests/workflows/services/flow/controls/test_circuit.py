"""The circuit breaker of a workflow, from runs that fail to runs that start again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Workspace
from tests import factories, rivals, runner
from triggers.models import Decision, Event
from triggers.services import matching
from workflows.models import CircuitMark, FlowState, NotificationDelivery, Run, Workflow
from workflows.services import recovery, runs, starting, stopping, workflows
from workflows.services.flow import circuits
from workflows.services.flow.starts import HeldBackError
from workflows.services.notifications import delivering

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

# Fails for an event that says so.
BROKEN = {
    "type": "fail",
    "params": {"message": "Broken."},
    "if": {"field": "is_broken", "operator": "eq", "value": True},
}


def published(workspace: Workspace, *, name: str = "Greet", failures: int = 2, **changes: Any) -> Workflow:
    breaker = {"failures": failures, **changes.pop("breaker", {})}
    document = factories.definition(BROKEN, name=name, settings={"circuit_breaker": breaker, **changes})
    workflow = factories.published(workspace, document)
    with tenancy.scope(workspace.pk):
        workflow.refresh_from_db()
    return workflow


def send(workspace: Workspace, *, is_broken: bool = False) -> Event:
    event = factories.event(workspace, is_broken=is_broken)
    matching.match(event.pk)
    runner.drain()
    return event


def opened(workspace: Workspace, **changes: Any) -> Workflow:
    workflow = published(workspace, **changes)
    for _ in range(2):
        send(workspace, is_broken=True)
    return workflow


def held(event: Event) -> str:
    """Why it started nothing; empty if it did."""
    with tenancy.unscoped("the test looks"):
        row = Decision.objects.filter(event=event).first()
        return f"{row.code}: {row.reason}" if row else ""


def shown(workflow: Workflow, workspace: Workspace) -> circuits.Shown:
    with tenancy.scope(workspace.pk):
        workflow.refresh_from_db()
        return circuits.shown([workflow], workspace)[workflow.pk]


def pause_is_over(workflow: Workflow) -> None:
    """Let the pause have been over for a second."""
    with tenancy.unscoped("the test moves time"):
        row = FlowState.objects.get(workflow=workflow, control="circuit")
        row.state["until"] = (timezone.now() - timedelta(seconds=1)).isoformat()
        row.save()


def audited(workspace: Workspace) -> list[str]:
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.filter(action__startswith="circuit.").order_by("id")
        return [f"{row.action} by {row.actor}" for row in rows]


def test_one_failure_less_than_the_limit_starts_runs(workspace: Workspace) -> None:
    workflow = published(workspace)
    send(workspace, is_broken=True)

    assert held(send(workspace)) == ""
    assert (shown(workflow, workspace).state, shown(workflow, workspace).failures) == ("closed", 1)


def test_with_the_last_failure_nothing_starts_and_it_says_why(workspace: Workspace) -> None:
    workflow = opened(workspace)

    reason = held(send(workspace))

    until = shown(workflow, workspace).until
    assert isinstance(until, datetime)
    assert reason.startswith("circuit_open: circuit breaker: 2 failures in 300 s; open until ")
    assert reason.endswith("Z, or until it is resumed")
    assert shown(workflow, workspace).state == "open"
    assert audited(workspace) == ["circuit.opened by sequitur"]


def test_failures_that_are_older_than_the_window_do_not_count(workspace: Workspace) -> None:
    workflow = published(workspace)
    send(workspace, is_broken=True)
    with tenancy.unscoped("the test moves time"):
        row = FlowState.objects.get(workflow=workflow, control="circuit")
        row.state["failures"] = [(timezone.now() - timedelta(seconds=300)).isoformat()]
        row.save()

    send(workspace, is_broken=True)

    assert held(send(workspace)) == ""


def test_whoever_is_told_of_pauses_is_told_how_to_resume(workspace: Workspace) -> None:
    policy = {"channel": "email", "trigger": "ON_PAUSED", "to": "ann@example.com"}
    workflow = opened(workspace, notifications=[policy])

    with tenancy.scope(workspace.pk):
        [row] = NotificationDelivery.objects.all()
    delivering.deliver(row.pk)
    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
    assert (row.trigger, row.to, row.subject, row.status) == ("ON_PAUSED", "ann@example.com", "Paused: Greet", "sent")
    assert "Circuit breaker: 2 failures in 300 s; open until " in row.text
    assert f"POST /api/v1/workflows/{workflow.pk}/resume/" in row.text


def test_without_a_policy_the_owner_is_told(workspace: Workspace) -> None:
    workspace.settings = {"owner_email": "owner@example.com"}
    workspace.save()
    opened(workspace)

    with tenancy.scope(workspace.pk):
        [row] = NotificationDelivery.objects.all()
    delivering.deliver(row.pk)

    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
    assert (row.policy, row.to, row.status) == ("(owner)", "owner@example.com", "sent")


def test_runs_that_go_on_are_not_touched(workspace: Workspace) -> None:
    published(workspace)
    event = factories.event(workspace, is_broken=False)
    matching.match(event.pk)
    for _ in range(2):
        matching.match(factories.event(workspace, is_broken=True).pk)

    runner.drain()

    with tenancy.scope(workspace.pk):
        assert Run.objects.get(event=event).status == "completed"


def test_after_the_pause_one_run_tries_and_closes_it(workspace: Workspace) -> None:
    workflow = opened(workspace)
    pause_is_over(workflow)

    first, second = (factories.event(workspace, is_broken=False) for _ in range(2))
    matching.match_many([first.pk, second.pk])

    assert (held(first), held(second)) == (
        "",
        "circuit_open: circuit breaker: 2 failures in 300 s; a run is to try whether it works again",
    )
    runner.drain()
    assert shown(workflow, workspace).state == "closed"
    assert held(send(workspace)) == ""
    assert audited(workspace) == ["circuit.opened by sequitur", "circuit.closed by sequitur"]


def test_a_try_that_fails_opens_it_again_for_twice_as_long(workspace: Workspace) -> None:
    workflow = opened(workspace)
    pause_is_over(workflow)

    send(workspace, is_broken=True)

    found = shown(workflow, workspace)
    with tenancy.scope(workspace.pk):
        last = Run.objects.latest("id")
    assert found.until == (last.finished_at or timezone.now()) + timedelta(seconds=1200)
    assert held(send(workspace)).startswith(
        "circuit_open: circuit breaker: 2 failures in 300 s, and the run that tried"
    )
    assert audited(workspace) == ["circuit.opened by sequitur"] * 2


def test_a_try_that_is_cancelled_lets_another_try(workspace: Workspace) -> None:
    workflow = opened(workspace)
    pause_is_over(workflow)
    event = factories.event(workspace)
    matching.match(event.pk)

    with tenancy.scope(workspace.pk):
        stopping.cancel(Run.objects.get(event=event).pk)

    assert held(send(workspace)) == ""


def test_without_a_pause_only_people_close_it(workspace: Workspace) -> None:
    workflow = opened(workspace, breaker={"pause_seconds": None})
    assert held(send(workspace)) == ("circuit_open: circuit breaker: 2 failures in 300 s; open until it is resumed")

    with tenancy.scope(workspace.pk):
        for _ in range(2):
            workflows.resume(workflow, by="user ann")

    assert held(send(workspace)) == ""
    assert audited(workspace) == ["circuit.opened by sequitur", "circuit.closed by user ann"]


def test_whoever_starts_one_by_hand_tries_it(workspace: Workspace) -> None:
    workflow = opened(workspace, breaker={"pause_seconds": None})

    with tenancy.scope(workspace.pk):
        starting.execute(workflow, {"is_broken": True})
        runner.drain()
        assert shown(workflow, workspace).state == "open"
        starting.execute(workflow, {"is_broken": False})
        runner.drain()

    assert shown(workflow, workspace).state == "closed"


def test_what_other_runs_start_is_refused(workspace: Workspace) -> None:
    workflow = opened(workspace)
    with tenancy.scope(workspace.pk):
        run = Run.objects.latest("id")
        action = run.action_runs.get()

        with pytest.raises(HeldBackError, match="circuit breaker: 2 failures"), transaction.atomic():
            runs.start_child(action, workflow, {}, depth=0, is_awaited=True)


def test_a_new_version_closes_it_and_the_same_one_does_not(workspace: Workspace) -> None:
    workflow = opened(workspace)
    with tenancy.scope(workspace.pk):
        workflows.publish(workflow, published_by="user ann")
        assert shown(workflow, workspace).state == "open"

        workflows.update(workflow, {**workflow.draft, "description": "Mended."})
        workflows.publish(workflow, published_by="user ann")

    assert shown(workflow, workspace).state == "closed"
    assert audited(workspace)[1:] == ["circuit.closed by user ann"]


def test_failures_of_runs_from_before_it_was_resumed_do_not_count(workspace: Workspace) -> None:
    workflow = published(workspace, failures=1)
    for _ in range(2):
        matching.match(factories.event(workspace, is_broken=True).pk)
    with tenancy.scope(workspace.pk):
        first, second = Run.objects.order_by("id")
    runner.drain(first)
    assert shown(workflow, workspace).state == "open"

    with tenancy.scope(workspace.pk):
        workflows.resume(workflow, by="user ann")
    runner.drain(second)

    assert shown(workflow, workspace).state == "closed"


def test_a_failure_that_a_dead_process_did_not_count_is_counted_by_the_sweep(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = published(workspace, failures=1)
    with monkeypatch.context() as patch:
        patch.setattr(circuits, "_judge", lambda *_: None)
        send(workspace, is_broken=True)
    assert shown(workflow, workspace).state == "closed"

    for _ in range(2):
        recovery.sweep()

    assert shown(workflow, workspace).state == "open"
    assert audited(workspace) == ["circuit.opened by sequitur"]


@pytest.mark.parametrize("service", ["_tell", "circuit_.write", "audit.record"])
def test_a_crash_while_counting_leaves_everything_to_be_counted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    workflow = published(workspace, failures=1)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(f"workflows.services.flow.circuits.{service}", crash)
        send(workspace, is_broken=True)
    with tenancy.scope(workspace.pk):
        assert CircuitMark.objects.count() == 1
    recovery.sweep()

    assert shown(workflow, workspace).state == "open"
    assert audited(workspace) == ["circuit.opened by sequitur"]
    with tenancy.scope(workspace.pk):
        assert (CircuitMark.objects.count(), NotificationDelivery.objects.count()) == (0, 1)


def test_a_workflow_without_a_breaker_writes_nothing(workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(BROKEN))

    send(workspace, is_broken=True)

    with tenancy.scope(workspace.pk):
        assert (CircuitMark.objects.count(), FlowState.objects.count()) == (0, 0)


def test_the_circuit_is_shown_and_resumed_over_http(api: APIClient, workspace: Workspace) -> None:
    opened(workspace)

    [listed] = api.get("/api/v1/workflows/").json()["results"]
    one = api.get("/api/v1/workflows/greet/").json()["circuit"]
    after = api.post("/api/v1/workflows/greet/resume/").json()

    assert listed["circuit"] == one
    assert (one["state"], one["failures"]) == ("open", 2)
    assert one["reason"].startswith("circuit breaker: 2 failures in 300 s; open until ")
    assert (after["status"], after["circuit"]) == (
        "active",
        {"state": "closed", "failures": 0, "opened_at": None, "until": None, "reason": ""},
    )


def test_two_processes_count_failures_exactly(workspace: Workspace) -> None:
    """Of 40 failures in two processes none is lost and none counted twice: the 41st opens it."""
    workflow = published(workspace, failures=41)
    for _ in range(40):
        matching.match(factories.event(workspace, is_broken=True).pk)
    code = """
from core import tenancy
from workflows.models import ActionRun
from workflows.services import execution
with tenancy.unscoped("the test"):
    ids = list(ActionRun.objects.order_by("id").values_list("pk", flat=True))
for each in ids[number::2]:
    execution.execute(each)
"""

    rivals.race(code)

    assert (shown(workflow, workspace).state, shown(workflow, workspace).failures) == ("closed", 40)
    send(workspace, is_broken=True)
    assert (shown(workflow, workspace).state, shown(workflow, workspace).failures) == ("open", 41)
    assert audited(workspace) == ["circuit.opened by sequitur"]


def test_of_two_processes_exactly_one_run_tries(workspace: Workspace) -> None:
    workflow = opened(workspace)
    pause_is_over(workflow)
    events = [factories.event(workspace) for _ in range(20)]
    code = f"""
from uuid import UUID
from triggers.services import matching
for each in {[str(event.pk) for event in events]!r}[number::2]:
    matching.match(UUID(each))
"""

    rivals.race(code)

    assert [held(event) for event in events].count("") == 1
    with tenancy.scope(workspace.pk):
        assert Run.objects.filter(is_probe=True).count() == 1
