"""Leaving single actions out."""

from typing import Any

import pytest

from core import tenancy
from core.errors import ConflictError, InvalidError
from core.models import AuditEntry, Workspace
from tests import runner
from tests.runner import states
from tests.workflows.asking import action_of, asking, step
from tests.workflows.services.repair.conftest import Flow, ended, flaky, tries
from triggers.models import Wait
from workflows.models import ActionRun, Run
from workflows.services.repair import retrying, skipping

pytestmark = pytest.mark.django_db


def skip(run: Run, key: str, *, output: dict[str, Any] | None = None, reason: str = "not needed") -> Run:
    row = action_of(run, *key.split("/"))
    with tenancy.scope(run.workspace_id):
        skipping.skip(row.pk, by="ada", reason=reason, output=output)
    return ended(run)


def test_a_failed_action_is_left_out_and_what_needs_it_reads_its_substitute(flow: Flow) -> None:
    after = {"id": "after", "type": "log_event", "params": {"message": "{{ actions.rate.output.rate }}"}}
    run = flow(flaky("rate", on=9), after)
    assert run.status == "failed"

    skip(run, "rate", output={"rate": 7})

    assert (run.status, states(run)) == ("completed", {"rate": "skipped", "after": "completed"})
    assert (runner.outputs(run)["rate"], runner.outputs(run)["after"]["message"]) == ({"rate": 7}, "7")


@pytest.mark.parametrize(
    "waiting",
    [
        asking("w"),
        {"id": "w", "type": "delay", "params": {"seconds": 600}},
        {"id": "w", "type": "wait_for_event", "params": {"event": "paid"}},
        {"id": "w", "type": "test_trying", "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 60}},
    ],
    ids=["approval", "delay", "event", "retry"],
)
def test_what_waits_is_left_out(flow: Flow, workspace: Workspace, waiting: dict[str, Any]) -> None:
    run = flow(waiting, step("after"))
    assert states(run)["w"] == "waiting"

    skip(run, "w")

    assert (run.status, states(run)) == ("completed", {"w": "skipped", "after": "completed"})
    with tenancy.scope(workspace.pk):
        assert not Wait.objects.exists()


def test_what_waits_for_a_run_is_left_out_and_that_is_cancelled(flow: Flow, workspace: Workspace) -> None:
    flow(asking(), name="Inner", type_="inner.never")
    run = flow({"id": "call", "type": "workflow", "params": {"workflow": "Inner"}}, step("after"), type_="outer.go")
    with tenancy.scope(workspace.pk):
        child = Run.objects.get(parent__run=run)

    skip(run, "call")

    from workflows.services import stopping

    stopping.cancel_child(child.pk)
    assert (run.status, ended(child).status) == ("completed", "cancelled")


def test_a_pending_action_keeps_its_place(flow: Flow) -> None:
    run = flow(asking("a"), step("b"), step("c"))

    skip(run, "b")
    assert states(run) == {"a": "waiting", "b": "skipped", "c": "pending"}

    skip(run, "a")
    assert (run.status, states(run)) == ("completed", {"a": "skipped", "b": "skipped", "c": "completed"})


def test_a_failed_item_is_left_out(flow: Flow) -> None:
    each = {"items": [1, 2], "on_failure": "stop"}
    run = flow({**flaky("all", on=9), "for_each": each}, step("after"))

    skip(run, "all/0", output={"x": 1})
    assert (run.status, states(run)["all[0]"], states(run)["all[1]"]) == ("failed", "skipped", "failed")
    skip(run, "all/1")

    assert run.status == "completed"
    assert [each["status"] for each in runner.outputs(run)["all"]["items"]] == ["skipped", "skipped"]


def test_while_something_else_failed_the_run_stays_failed(flow: Flow) -> None:
    left, right = {"l": [flaky("l", on=9)], "r": [flaky("r")]}["l"], [flaky("r")]
    both = {"items": [1, 2], "on_failure": "collect", "max_parallel": 2}
    run = flow({**flaky("all", on=9), "for_each": both}, *left[1:], *right[1:])

    skip(run, "all/0")
    assert run.status == "failed"
    assert tries(run)["all[1]"] == ["failed"]

    with tenancy.scope(run.workspace_id):
        retrying.retry(run.pk, by="ada")
    assert states(ended(run))["all[0]"] == "skipped"
    skip(run, "all/1")
    assert run.status == "completed"


def test_what_runs_or_is_over_is_not_left_out(flow: Flow, workspace: Workspace) -> None:
    run = flow(step("before"), asking("a"))
    with tenancy.scope(workspace.pk):
        ActionRun.objects.filter(run=run, key="a").update(status="running", due_at=None)

    for key, said in (("a", "The action runs"), ("before", "it is over")):
        with pytest.raises(ConflictError, match=said):
            skip(run, key)
    assert states(run) == {"before": "completed", "a": "running"}


@pytest.mark.parametrize(("reason", "output"), [("  ", None), ("why", {"x": "y" * 3_000_000}), ("why", [1])])
def test_a_reason_and_an_output_that_can_be_kept_are_asked_for(flow: Flow, reason: str, output: Any) -> None:
    run = flow(asking("a"))

    with pytest.raises(InvalidError):
        skip(run, "a", reason=reason, output=output)
    assert (states(run), run.repairs) == ({"a": "waiting"}, [])


def test_skipping_is_audited_and_the_second_changes_nothing(flow: Flow, workspace: Workspace) -> None:
    run = flow(asking("a"), asking("b"))
    skip(run, "a", output={"x": 1})

    with pytest.raises(ConflictError):
        skip(run, "a", output={"x": 2})

    with tenancy.scope(workspace.pk):
        (entry,) = AuditEntry.objects.filter(action="run.skipped")
    assert (entry.actor, entry.reason) == ("ada", "not needed")
    assert (entry.before["status"], entry.after["output"]) == ("waiting", {"x": 1})  # type: ignore[index]
    assert runner.outputs(run)["a"] == {"x": 1}
