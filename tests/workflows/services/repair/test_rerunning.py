"""Doing runs again as new ones."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from core import tenancy
from core.errors import ConflictError, InvalidError
from core.models import AuditEntry, Workspace
from tests import broker, factories, lanes, races, runner
from tests.runner import states
from tests.workflows.asking import action_of, asking, step
from tests.workflows.services.repair.conftest import Flow, ended, flaky, tries
from workflows.models import Run, Workflow
from workflows.services import workflows
from workflows.services.repair import preview, rerunning

pytestmark = pytest.mark.django_db


def counted(key: str, **changes: Any) -> dict[str, Any]:
    return {"id": key, "type": "test_counted", "params": {"name": key}, **changes}


def again(run: Run, **changes: Any) -> Run:
    with tenancy.scope(run.workspace_id):
        new = rerunning.rerun(run.pk, by="ada", **changes)
    return ended(new)


def publish(workspace: Workspace, *actions: dict[str, Any]) -> None:
    with tenancy.scope(workspace.pk):
        workflow = Workflow.objects.get(name="Greet")
        workflows.update(workflow, factories.definition(*actions))
        workflows.publish(workflow, published_by="test")


def test_a_run_is_done_again_from_the_start_under_new_keys(flow: Flow) -> None:
    run = flow(flaky("a", on=1), data={"n": 1})

    new = again(run)

    assert (new.status, new.replay_of_id, new.event_id) == ("completed", run.pk, run.event_id)
    assert runner.outputs(new)["a"]["key"] == str(action_of(new, "a").pk) != runner.outputs(run)["a"]["key"]


def test_from_an_action_on_what_was_before_is_taken_over(flow: Flow) -> None:
    use = {"id": "use", "type": "log_event", "params": {"message": "{{ actions.a.output.name }} {{ run.variables.v }}"}}
    keep = {"id": "keep", "type": "set_variables", "params": {"variables": {"v": 5}}}
    run = flow(counted("a"), keep, use, counted("other", needs=[]), step("last", needs=["use"]))

    new = again(run, from_action="use")

    assert (new.status, new.replayed_from) == ("completed", "use")
    assert tries(new) == {"a": [], "keep": [], "use": ["completed"], "other": [], "last": ["completed"]}
    assert runner.outputs(new)["use"]["message"] == "a 5"
    copied = action_of(new, "a")
    assert (copied.reused_from_id, copied.status) == (action_of(run, "a").pk, "completed")


def test_what_did_not_end_by_itself_is_done(flow: Flow) -> None:
    run = flow(counted("a"), flaky("b", on=9), counted("c"), flaky("h", on=1, needs=["b.error"]))
    assert states(run)["c"] == "skipped"

    new = again(run, from_action="c")

    assert tries(new) == {"a": [], "b": [], "c": [], "h": []}
    assert (new.status, states(new)["b"], states(new)["c"]) == ("completed", "failed", "skipped")


def test_loops_and_parallel_are_taken_over_with_what_they_hold(flow: Flow) -> None:
    loop = {"id": "all", "type": "loop", "for_each": {"items": [1, 2]}, "params": {"actions": [counted("i")]}}
    both = {"id": "p", "type": "parallel", "params": {"branches": {"l": [counted("l")], "r": [counted("r")]}}}
    run = flow(loop, both, step("last"))

    new = again(run, from_action="last")
    nested = again(run, from_action="i")

    assert states(new) == states(run)
    assert [key for key, found in tries(new).items() if found] == ["last"]
    assert nested.replayed_from == "all"
    assert tries(nested)["i[0]"] == ["completed"]


def test_the_current_version_is_used_if_it_has_what_is_needed(flow: Flow, workspace: Workspace) -> None:
    run = flow(counted("a"), flaky("b", on=9))
    publish(workspace, counted("a"), step("b0", needs=["a"]), flaky("b", on=1, needs=["b0"]))
    with pytest.raises(ConflictError, match="'b0', which it needs, is not among the actions of the run"):
        again(run, from_action="b", version="current")
    publish(workspace, counted("a"), counted("b"), step("more"))
    with pytest.raises(ConflictError, match="it was of the type test_trying, and is test_counted now"):
        again(run, from_action="b", version="current")
    publish(workspace, counted("a"), flaky("b", on=1), step("more"))

    new = again(run, from_action="b", version="current")

    assert (new.status, tries(new)) == ("completed", {"a": [], "b": ["completed"], "more": ["completed"]})
    assert new.version_id != run.version_id


def test_an_unknown_action_an_undone_one_and_a_run_that_goes_on_are_refused(flow: Flow, workspace: Workspace) -> None:
    undo = {"type": "test_counted", "params": {"name": "x"}}
    undone = flow(counted("a", undo=undo), flaky("b", on=9), type_="one", name="One")
    going = flow(asking("a"), type_="two", name="Two")

    with pytest.raises(InvalidError):
        again(undone, from_action="nonsense")
    with pytest.raises(ConflictError, match="was undone"):
        again(undone, from_action="b")
    with pytest.raises(ConflictError, match="cancel it"):
        again(going)
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 2
        workflows.pause(Workflow.objects.get(name="One"))
    with pytest.raises(ConflictError, match="Resume it first"):
        again(undone)


def test_what_was_taken_over_is_not_undone_by_the_new_run(flow: Flow, workspace: Workspace) -> None:
    undo = {"type": "test_counted", "params": {"name": "x"}}
    run = flow(counted("a", undo=undo), counted("b", undo=undo), flaky("c", on=1))
    publish(workspace, counted("a", undo=undo), counted("b", undo=undo), flaky("c", on=9))

    new = again(run, from_action="b", version="current")

    assert (new.status, states(new).get("a.undo"), states(new)["b.undo"]) == ("failed", None, "completed")


def test_a_preview_counts_effects(flow: Flow, workspace: Workspace) -> None:
    run = flow(counted("a"), step("x"), counted("b"), counted("c"))

    with tenancy.scope(workspace.pk):
        found = preview.preview(run, "replay", from_action="b")
        whole = preview.preview(run, "replay")

    assert (found.executed, found.skipped, found.needs_decision) == (2, 1, 0)
    assert (whole + found).executed == 5


def test_a_replay_is_audited(flow: Flow, workspace: Workspace) -> None:
    run = flow(step("a"))

    new = again(run, reason="again")

    with tenancy.scope(workspace.pk):
        (entry,) = AuditEntry.objects.filter(action="run.replayed")
        run.refresh_from_db()
    assert (entry.target_id, entry.reason, entry.after["run"]) == (run.pk, "again", str(new.pk))  # type: ignore[index]
    assert run.repairs[0]["what"] == "replayed"


@pytest.mark.django_db(transaction=True)
def test_with_one_key_two_at_once_start_one_run(flow: Flow, workspace: Workspace) -> None:
    run = flow(step("a"))

    def one(_: int) -> tuple[str, bool]:
        with tenancy.scope(workspace.pk):
            found = rerunning.replay(run.pk, by="ada", idempotency_key="k")
            return str(found.run.pk), found.is_duplicate

    found = races.at_once(one, threads=2)

    assert len({pk for pk, _ in found}) == 1
    assert sorted(duplicate for _, duplicate in found) == [False, True]
    with tenancy.scope(workspace.pk), pytest.raises(ConflictError, match="another action"):
        rerunning.replay(run.pk, by="ada", idempotency_key="k", from_action="a")


def test_a_replay_that_takes_the_place_of_another_run_says_so_at_once(
    scope: Workspace, empty_broker: redis.Redis, committed: Callable[..., Any]
) -> None:
    lanes.published(scope, concurrency={"limit": 1, "on_limit": "cancel_running"})
    old = lanes.sent(scope)
    runner.drain()
    lanes.sent(scope)

    with committed(execute=True):
        new = rerunning.rerun(old.pk, by="ada")

    assert new.held_at is not None
    told = [(each.task, each.args) for each in broker.messages(empty_broker, "runs")]
    assert told == [("workflows.open_lane", [str(new.pk)])]


def test_a_replay_knows_the_event_that_its_chain_began_with(scope: Workspace, flow: Flow) -> None:
    run = flow(step("a"))
    Run.objects.filter(pk=run.pk).update(root=run.event_id)

    assert rerunning.rerun(run.pk, by="ada").root == run.event_id
