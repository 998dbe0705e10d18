"""Cancelling at once."""

import pytest
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from core.models import AuditEntry, Workspace
from tests.runner import states
from tests.workflows.asking import action_of, asking, step
from tests.workflows.services.repair.conftest import Flow, ended, flaky, once
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import claims, outcomes, performing, stopping

pytestmark = pytest.mark.django_db


def begin(run: Run, key: str) -> claims.Claim:
    """A worker holds the action."""
    with tenancy.scope(run.workspace_id):
        row = action_of(run, key)
        ActionRun.objects.filter(pk=row.pk).update(status="queued", hinted_at=timezone.now(), due_at=None, error=None)
        found = claims.claim(row.pk, is_careful=True)
    assert found is not None
    return found


def stop(run: Run) -> Run:
    with tenancy.scope(run.workspace_id):
        stopping.cancel_for(run.pk, by="ada", comment="now", is_immediate=True)
    return ended(run)


def test_what_runs_is_cut_and_the_run_has_ended(flow: Flow, workspace: Workspace) -> None:
    slow = {**flaky("a", on=2), "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 60}}
    run = flow(slow, step("after"))
    held = begin(run, "a")

    stop(run)

    assert (run.status, (run.error or {})["message"]) == ("cancelled", "Cancelled by ada: now")
    assert states(run) == {"a": "cancelled", "after": "skipped"}
    with tenancy.scope(workspace.pk):
        last = ActionAttempt.objects.order_by("number").last()
        outcomes.record(held, performing.perform(held))  # the worker comes back with an outcome
    assert last is not None
    assert (last.number, last.outcome, last.error["code"]) == (2, "interrupted", "cancelled")  # type: ignore[index]
    assert states(run)["a"] == "cancelled"


def test_what_has_no_key_says_that_its_outcome_is_unknown(flow: Flow) -> None:
    run = flow({**once("a"), "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 60}})
    begin(run, "a")

    stop(run)

    assert action_of(run, "a").error["code"] == "outcome_unknown"  # type: ignore[index]


def test_what_is_nested_and_what_undoes_is_cut_too(flow: Flow) -> None:
    each = {"items": [1, 2], "max_parallel": 2}
    body = [{**flaky("i"), "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 60}}]
    run = flow({"id": "all", "type": "loop", "for_each": each, "params": {"actions": body}}, step("after"))
    with tenancy.scope(run.workspace_id):
        ActionRun.objects.filter(run=run, key="i", iteration="0").update(status="running", due_at=None, attempt=2)

    stop(run)

    assert run.status == "cancelled"
    assert {states(run)[key] for key in ("all", "all[0]", "all[1]", "i[0]", "i[1]")} == {"cancelled"}


def test_a_run_that_is_undone_stops_undoing(flow: Flow) -> None:
    wait = {"type": "test_trying", "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 60}}
    run = flow({"id": "a", "type": "test_counted", "params": {"name": "a"}, "undo": wait}, flaky("b", on=9))
    assert (run.outcome, states(run)["a.undo"]) == ("failed", "waiting")

    stop(run)

    assert (run.status, states(run)["a.undo"]) == ("cancelled", "cancelled")


def test_the_runs_below_are_cut_too(flow: Flow, workspace: Workspace) -> None:
    flow(asking(), name="Inner", type_="inner.never")
    run = flow({"id": "call", "type": "workflow", "params": {"workflow": "Inner"}}, type_="outer.go")
    with tenancy.scope(workspace.pk):
        child = Run.objects.get(parent__run=run)
        ActionRun.objects.filter(run=child).update(status="running", due_at=None)

    stop(run)
    stopping.cancel_child(child.pk)

    assert (run.status, ended(child).status, states(child)) == ("cancelled", "cancelled", {"ask": "cancelled"})


def test_the_second_time_nothing_changes_and_what_has_ended_is_refused(flow: Flow, workspace: Workspace) -> None:
    run, done = flow(asking(), type_="one", name="One"), flow(step("x"), type_="two", name="Two")
    stop(run)
    before = run.finished_at

    stop(run)
    with pytest.raises(ConflictError, match="completed already"):
        stop(done)

    with tenancy.scope(workspace.pk):
        (entry,) = AuditEntry.objects.filter(action="run.cancelled")
    assert (run.finished_at, entry.actor, entry.reason) == (before, "ada", "now")
    assert entry.after["mode"] == "immediate"  # type: ignore[index]
