"""Repairs are moved on: at their pace, within their error budget, each item once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from core import ids, tenancy
from core.models import AuditEntry, Workspace
from tests.workflows.services.bulk.doing import audited, counts, requested, steps, waiting_runs
from workflows.models import Repair, RepairItem, Run
from workflows.services import stopping
from workflows.services.bulk import steering, table, working
from workflows.services.bulk.working import Step
from workflows.services.repair import noting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def test_every_run_is_cancelled_and_the_repair_completes(workspace: Workspace) -> None:
    runs = waiting_runs(workspace, 3)
    repair = requested(expected=3, reason="wrong price")

    came = steps(repair)

    assert came == [Step.DID, Step.DID, Step.LEAVES]
    assert (repair.status, counts(repair), repair.due_at, repair.held_by) == ("completed", (3, 0, 0), None, None)
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    error = Run.objects.get(pk=runs[0].pk).error or {}
    assert error["message"] == f"Cancelled by Ada: wrong price (repair {repair.pk})"


def test_the_request_its_end_and_every_run_are_audited(workspace: Workspace) -> None:
    runs = waiting_runs(workspace, 2)
    repair = requested(expected=2, reason="wrong price")

    steps(repair)

    (asked,), (ended,), entries = audited("repair.requested"), audited("repair.completed"), audited("run.cancelled")
    assert (asked.actor, asked.reason, asked.target_id) == ("Ada", "wrong price", repair.pk)
    assert asked.after == {
        "operation": "cancel", "target": "run", "filter": {"status": ["waiting"]}, "options": {"immediate": False},
        "total": 2, "per_second": 100.0, "max_errors": 10,
    }  # fmt: skip
    assert ended.after == {"total": 2, "done": 2, "failed": 0, "skipped": 0}
    assert [entry.target_id for entry in entries] == [run.pk for run in runs]
    assert {(entry.actor, entry.reason) for entry in entries} == {("Ada", f"wrong price (repair {repair.pk})")}
    assert AuditEntry.objects.filter(target="run").count() == 2  # one of each


def test_runs_that_come_after_the_request_are_not_touched(workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)
    (later,) = waiting_runs(workspace, 1, name="Later", trigger={"type": "lead.created"})

    steps(repair)

    later.refresh_from_db()
    assert (repair.total, later.status) == (1, "waiting")


def test_an_item_is_done_when_its_token_is_there_and_not_a_moment_before(workspace: Workspace) -> None:
    waiting_runs(workspace, 3)
    repair, holder = requested(expected=3, per_second=10), ids.new_id()
    start = repair.filled_at

    came = [
        working.step(repair.pk, holder=holder, now=start + timedelta(seconds=seconds))
        for seconds in (0, 0.0999, 0.1, 0.1999, 0.2)
    ]

    assert came == [Step.DID, Step.WAITS, Step.DID, Step.WAITS, Step.LEAVES]


def test_one_that_waits_says_when_it_is_due(workspace: Workspace) -> None:
    waiting_runs(workspace, 2)
    repair, holder = requested(expected=2, per_second=0.1), ids.new_id()
    working.step(repair.pk, holder=holder, now=repair.filled_at)

    working.step(repair.pk, holder=holder, now=repair.filled_at + timedelta(seconds=4))

    filled_at = repair.filled_at
    repair.refresh_from_db()
    assert (repair.due_at, repair.held_by) == (filled_at + timedelta(seconds=10), None)


@pytest.mark.usefixtures("fragile")
@pytest.mark.parametrize(("failing", "status", "left"), [(2, "completed", 0), (3, "stopped", 2)])
def test_it_stops_with_the_last_error_of_its_budget(workspace: Workspace, failing: int, status: str, left: int) -> None:
    waiting_runs(workspace, 5, *[{"refuse": True}] * failing)
    repair = requested("fragile", expected=5, max_errors=3)

    steps(repair)

    assert (repair.status, counts(repair), repair.pending) == (status, (5 - failing - left, failing, 0), left)
    assert len(audited("repair.stopped")) == (status == "stopped")


@pytest.mark.usefixtures("fragile")
def test_one_that_stopped_says_why_and_goes_on_with_a_new_budget(workspace: Workspace) -> None:
    waiting_runs(workspace, 4, {"refuse": True}, {"refuse": True})
    repair = requested("fragile", expected=4, max_errors=1)
    steps(repair)
    assert repair.status_reason == "1 items failed, as many as its error budget has; 3 are left."
    (entry,) = audited("repair.stopped")
    assert (entry.actor, entry.reason) == ("sequitur", repair.status_reason)

    steering.resume(repair.pk, by="Ada")
    steps(repair)
    assert (repair.status, counts(repair)) == ("stopped", (0, 2, 0))
    steering.resume(repair.pk, by="Ada")
    steps(repair)

    assert (repair.status, counts(repair)) == ("completed", (2, 2, 0))


@pytest.mark.usefixtures("fragile")
@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ({"refuse": True}, "invalid", "It does not want to."),
        ({"break": True}, "internal", "It failed for a reason that nobody foresaw; the server's log has it."),
    ],
    ids=["refused", "bug"],
)
def test_what_failed_is_undone_and_says_why(
    workspace: Workspace, data: dict[str, bool], code: str, message: str
) -> None:
    (run,) = waiting_runs(workspace, 1, data)
    repair = requested("fragile", expected=1)

    steps(repair)

    run.refresh_from_db()
    item = RepairItem.objects.get()
    assert (run.status, item.status, item.error) == ("waiting", "failed", {"code": code, "message": message})
    assert audited("run.cancelled") == []


def test_a_run_that_ended_meanwhile_is_skipped(workspace: Workspace) -> None:
    (run,) = waiting_runs(workspace, 1)
    repair = requested(expected=1)
    Run.objects.filter(pk=run.pk).update(status="completed", finished_at=timezone.now())

    steps(repair)

    item = RepairItem.objects.get()
    assert (repair.status, item.status) == ("completed", "skipped")
    assert (item.error or {})["message"] == "The run has completed already; there is nothing to cancel."


def test_a_run_that_is_gone_is_skipped(workspace: Workspace) -> None:
    (run,) = waiting_runs(workspace, 1)
    repair = requested(expected=1)
    run.delete()

    steps(repair)

    assert (repair.status, counts(repair), (RepairItem.objects.get().error or {})["code"]) == (
        "completed", (0, 0, 1), "gone",
    )  # fmt: skip


def test_an_operation_that_a_release_no_longer_has_fails_its_items(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)
    monkeypatch.setattr(table, "OPERATIONS", ())

    steps(repair)

    assert (counts(repair), (RepairItem.objects.get().error or {})["code"]) == ((0, 1, 0), "invalid")


def test_a_repair_that_another_worker_holds_is_left_alone_until_it_is_taken_for_dead(
    workspace: Workspace, settings: Settings
) -> None:
    waiting_runs(workspace, 3)
    repair = requested(expected=3)
    start, lease = repair.filled_at, timedelta(seconds=settings.SEQUITUR_LEASE_SECONDS)
    assert working.step(repair.pk, holder=ids.new_id(), now=start) is Step.DID
    second = ids.new_id()

    came = [
        working.step(repair.pk, holder=second, now=start + after)
        for after in (lease - timedelta(milliseconds=1), lease)
    ]  # fmt: skip

    assert came == [Step.LEAVES, Step.DID]


@pytest.mark.parametrize("where", ["act", "item", "audit", "repair"])
def test_a_crash_anywhere_in_a_step_leaves_nothing_and_the_next_one_does_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (run,) = waiting_runs(workspace, 1)
    repair = requested(expected=1)
    before = Repair.objects.filter(pk=repair.pk).values().get()

    class KilledError(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    places = {"act": (stopping, "_end"), "item": (RepairItem, "save"), "audit": (noting, "note")}
    with monkeypatch.context() as patched:
        patched.setattr(*places.get(where, (Repair, "save")), killed)
        with pytest.raises(KilledError):
            working.step(repair.pk, holder=ids.new_id(), now=repair.filled_at)

    run.refresh_from_db()
    assert (run.status, Repair.objects.filter(pk=repair.pk).values().get()) == ("waiting", before)
    steps(repair)
    assert (repair.status, counts(repair), len(audited("run.cancelled"))) == ("completed", (1, 0, 0), 1)


def test_a_step_of_what_is_over_changes_nothing(workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)
    steps(repair)
    before = Repair.objects.filter(pk=repair.pk).values().get()

    assert steps(repair) == [Step.LEAVES]

    assert Repair.objects.filter(pk=repair.pk).values().get() == before
    assert len(audited("repair.completed")) == 1


def test_the_sweep_publishes_for_what_is_due_once(workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)

    working.sweep()

    repair.refresh_from_db()
    assert repair.due_at is not None
    assert repair.due_at > timezone.now()


def test_runs_of_other_workspaces_are_never_touched(workspace: Workspace, other_workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    (foreign,) = waiting_runs(other_workspace, 1)
    repair = requested(expected=1)

    steps(repair)

    with tenancy.scope(other_workspace.pk):
        assert Run.objects.get(pk=foreign.pk).status == "waiting"
    assert repair.total == 1


def test_a_message_about_nothing_does_nothing() -> None:
    working.work(ids.new_id())
