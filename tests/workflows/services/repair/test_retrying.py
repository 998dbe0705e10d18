"""Trying what failed again."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from core.models import AuditEntry, Workspace
from tests import races, runner
from tests.runner import states
from tests.workflows.asking import action_of, asking, step
from tests.workflows.flows.test_crash_points import CrashError
from tests.workflows.services.repair.conftest import Flow, ended, flaky, once, tries
from workflows.models import NotificationDelivery, Run
from workflows.services import stopping
from workflows.services.flow import releasing
from workflows.services.repair import preview, retrying

pytestmark = pytest.mark.django_db


def retry(run: Run, *keys: str, **changes: Any) -> Run:
    ids = [action_of(run, *key.split("/")).pk for key in keys] or None
    with tenancy.scope(run.workspace_id):
        retrying.retry(run.pk, by="ada", reason="fixed", action_run_ids=ids, **changes)
    return ended(run)


def test_a_failed_action_is_tried_again_under_the_same_key_and_the_rest_follows(flow: Flow) -> None:
    run = flow(step("before"), flaky("charge"), flaky("after", on=1))
    assert (run.status, states(run)["after"]) == ("failed", "skipped")

    retry(run)

    assert (run.status, run.error, run.reopened) == ("completed", None, 1)
    assert tries(run) == {"before": ["completed"], "charge": ["failed", "completed"], "after": ["completed"]}
    assert runner.outputs(run)["charge"]["key"] == str(action_of(run, "charge").pk)


def test_the_policy_begins_anew_and_numbers_go_on(flow: Flow) -> None:
    twice = {"max_attempts": 2, "initial_seconds": 0}
    run = flow({"id": "a", "type": "test_trying", "params": {"succeed_on_attempt": 4}, "retry": twice})
    assert tries(run) == {"a": ["failed"] * 2}

    retry(run)

    assert (run.status, action_of(run, "a").attempt) == ("completed", 4)
    assert tries(run) == {"a": ["failed", "failed", "failed", "completed"]}


def test_only_the_failed_item_of_a_loop_is_done_again(flow: Flow) -> None:
    each = {"items": [1, 2, 3], "on_failure": "collect"}
    body = [{"id": "i", "type": "test_trying", "params": {"succeed_on_attempt": "{{ item }}", "is_retryable": False}}]
    loop = {"id": "all", "type": "loop", "for_each": each, "params": {"actions": body}}
    run = flow(loop, step("after"))
    assert states(run)["all"] == "failed"

    retry(run, "i/1")
    assert (run.status, tries(run)["i[0]"], tries(run)["i[1]"]) == ("failed", ["completed"], ["failed", "completed"])
    assert tries(run)["i[2]"] == ["failed"]

    retry(run)
    assert (run.status, tries(run)["i[2]"]) == ("failed", ["failed", "failed"])
    retry(run)
    assert (run.status, states(run)["after"], run.reopened) == ("completed", "completed", 3)


def test_branches_that_were_cancelled_with_it_go_on(flow: Flow) -> None:
    branches = {"l": [flaky("l")], "r": [asking("ask"), step("r")]}
    run = flow({"id": "p", "type": "parallel", "params": {"branches": branches}}, step("after"))
    assert states(run) == {"p": "failed", "l": "failed", "ask": "cancelled", "r": "skipped", "after": "skipped"}

    retry(run)

    assert states(run) == {"p": "waiting", "l": "completed", "ask": "waiting", "r": "pending", "after": "pending"}
    assert run.status == "waiting"


def test_a_handled_failure_stays_and_its_handler_is_tried_again(flow: Flow) -> None:
    run = flow(flaky("a", on=9), flaky("handle", needs=["a.error"]))

    retry(run)

    assert (run.status, tries(run)) == ("completed", {"a": ["failed"], "handle": ["failed", "completed"]})


def test_one_of_two_failures_is_not_tried_alone(flow: Flow) -> None:
    run = flow(flaky("a"), flaky("b", needs=[]))
    if "cancelled" in states(run).values():  # the first failed before the other began
        return

    with pytest.raises(ConflictError, match="'b' failed too"):
        retry(run, "a")
    assert states(run) == {"a": "failed", "b": "failed"}


def test_a_run_that_was_cancelled_or_took_too_long_goes_on(flow: Flow, workspace: Workspace) -> None:
    run = flow(asking(), step("after"), settings={"timeout_seconds": 60})
    with tenancy.scope(workspace.pk):
        Run.objects.filter(pk=run.pk).update(deadline_at=timezone.now())
        stopping.time_out(run.pk)
    assert ended(run).status == "failed"

    retry(run)
    assert (run.status, run.deadline_at is None) == ("waiting", False)

    with tenancy.scope(workspace.pk):
        stopping.cancel_for(run.pk, by="ada", is_immediate=True)
    retry(run)
    assert (run.status, states(run)) == ("waiting", {"ask": "waiting", "after": "pending"})


def test_what_waits_for_its_next_try_is_tried_now(flow: Flow) -> None:
    run = flow(
        {"id": "a", "type": "test_trying", "params": {"succeed_on_attempt": 2}, "retry": {"initial_seconds": 60}}
    )
    assert states(run) == {"a": "waiting"}

    retry(run, "a")

    assert (run.status, run.reopened) == ("completed", 0)


def test_what_may_have_been_done_needs_a_decision(flow: Flow, workspace: Workspace) -> None:
    run = flow(asking(), once("charge"))
    with tenancy.scope(workspace.pk):
        action_of(run, "ask")
        Run.objects.get(pk=run.pk).action_runs.filter(key="ask").update(status="completed", progress=None, due_at=None)
        Run.objects.get(pk=run.pk).action_runs.filter(key="charge").update(
            status="running", attempt=1, lease_until=timezone.now(), claimed_at=timezone.now()
        )
        stopping.cancel_for(run.pk, by="ada", is_immediate=True)
    assert (ended(run).status, action_of(run, "charge").error["code"]) == ("cancelled", "outcome_unknown")  # type: ignore[index]
    with tenancy.scope(workspace.pk):
        told = preview.preview(run, "retry")
    assert (told.executed, told.skipped, told.needs_decision) == (0, 0, 1)

    retry(run)

    assert (run.status, states(run)["charge"]) == ("needs_decision", "needs_decision")


def test_undone_runs_and_children_that_were_not_waited_for_are_refused(flow: Flow, workspace: Workspace) -> None:
    undo = {"type": "test_counted", "params": {"name": "unbook"}}
    book = {"id": "book", "type": "test_counted", "params": {"name": "book"}, "undo": undo}
    run = flow(book, flaky("boom"))

    with pytest.raises(ConflictError, match="was undone"):
        retry(run)
    assert (run.status, run.reopened, run.repairs) == ("failed", 0, [])


def test_a_run_that_another_waits_for_is_taken_up_by_that_one(flow: Flow, workspace: Workspace) -> None:
    flow(flaky("deep"), name="Inner", type_="inner.never")
    parent = flow({"id": "call", "type": "workflow", "params": {"workflow": "Inner"}}, step("after"), type_="outer.go")
    with tenancy.scope(workspace.pk):
        child = Run.objects.get(parent__run=parent)
    assert (parent.status, child.status) == ("failed", "failed")

    with pytest.raises(ConflictError, match="went on without it"):
        retry(child)
    retry(parent)

    assert (ended(child).status, ended(parent).status) == ("completed", "completed")
    assert tries(child) == {"deep": ["failed", "completed"]}


def test_a_second_failure_tells_and_is_handled_again(flow: Flow, workspace: Workspace) -> None:
    flow(step("x"), name="Rescue", type_="rescue.never")
    policy = {"trigger": "ON_FAILED", "channel": "email", "to": "ada@example.com", "message": "no"}
    told = {"notifications": [{**policy}], "on_failure": "Rescue"}
    run = flow(flaky("a", on=9, notifications=[{**policy}]), settings=told, type_="lead.lost")

    retry(run)

    with tenancy.scope(workspace.pk):
        assert (run.status, run.consequences.count()) == ("failed", 2)
        assert NotificationDelivery.objects.filter(run=run, action_run=None).count() == 2
        assert NotificationDelivery.objects.filter(run=run, action_run__isnull=False).count() == 2


def test_a_retry_is_audited_and_the_second_changes_nothing(flow: Flow, workspace: Workspace) -> None:
    run = flow(flaky("a"))
    retry(run)

    with pytest.raises(ConflictError, match="completed"):
        retry(run)

    with tenancy.scope(workspace.pk):
        (entry,) = AuditEntry.objects.filter(action="run.retried")
    assert (entry.actor, entry.reason, entry.before["status"]) == ("ada", "fixed", "failed")  # type: ignore[index]
    assert [each["what"] for each in run.repairs] == ["retried"]


def test_a_run_in_a_lane_waits_to_be_let_in(flow: Flow, workspace: Workspace) -> None:
    each = {"items": [1], "on_failure": "stop"}
    run = flow({"id": "all", "type": "loop", "for_each": each, "params": {"actions": [flaky("i")]}})
    with tenancy.scope(workspace.pk):
        Run.objects.filter(pk=run.pk).update(lane="x")

    retry(run)
    assert (run.held_at is None, states(run)["i[0]"]) == (False, "pending")

    with tenancy.scope(workspace.pk):
        assert releasing.release(stopping.locked(run.pk), now=timezone.now())
    assert ended(run).status == "completed"


def test_a_crash_after_any_write_changes_nothing(flow: Flow) -> None:
    run = flow(step("before"), flaky("a"), step("after"))
    before = (states(run), run.status)

    for number in range(100):
        seen = iter(range(number))

        def crash(execute: Any, sql: str, *rest: Any, seen: Any = seen) -> Any:
            result = execute(sql, *rest)
            if next(seen, None) is None and not sql.startswith(("ROLLBACK", "RELEASE")):
                raise CrashError
            return result

        try:
            with connection.execute_wrapper(crash):
                retry(run)
        except CrashError:
            pass
        else:
            break
        with tenancy.scope(run.workspace_id):
            run.refresh_from_db()
        if run.status == "failed":
            assert (states(run), run.status) == before
        else:
            break
    assert ended(run).status == "completed"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_has_it_tried_again(flow: Flow, workspace: Workspace) -> None:
    run = flow(flaky("a"))

    def one(_: int) -> str:
        try:
            with tenancy.scope(workspace.pk):
                retrying.retry(run.pk, by="ada")
        except ConflictError:
            return "refused"
        return "done"

    assert sorted(races.at_once(one, threads=2)) == ["done", "refused"]
    assert ended(run).status == "completed"
    assert tries(run) == {"a": ["failed", "completed"]}
