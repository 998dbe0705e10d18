"""Repairs are asked for: what a filter finds, what a preview says, and what was expected."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import ValidationError

from core import tenancy
from core.errors import ConflictError, InvalidError
from core.ids import new_id
from core.models import Workspace
from tests import factories, runner
from tests.workflows.services.bulk.doing import audited, counts, requested, steps, waiting_runs
from triggers.services import matching
from workflows.engine.notices import DeliveryStatus
from workflows.engine.repairs import Target
from workflows.models import NotificationDelivery, Repair, RepairItem, Run, Workflow
from workflows.services.bulk import filters, previewing, requesting, selecting, table
from workflows.services.bulk.filters import NotificationFilter, RunFilter
from workflows.services.bulk.previewing import Preview
from workflows.services.bulk.requesting import ChangedError, Request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def preview(filter_: filters.Filter, operation: str = "cancel", **changes: Any) -> Preview:
    target = Target.RUN if isinstance(filter_, RunFilter) else Target.NOTIFICATION
    found = table.find(target, operation)
    return previewing.preview(found, filter_, **{"options": found.options(), "per_second": 10.0, **changes})


def found(**wanted: Any) -> list[Run]:
    return list(filters.rows(RunFilter.model_validate(wanted)).order_by("pk"))


def failed_run(workspace: Workspace, *, code: str = "crm_down", action: str = "push", **changes: Any) -> Run:
    """A run that failed with this code, of a workflow of its own."""
    fail = {"id": action, "type": "fail", "params": {"message": "no"}}
    workflow = factories.published(workspace, factories.definition(fail, **changes))
    event = factories.event(workspace, changes.get("trigger", {}).get("type", "lead.created"))
    matching.match(event.pk)
    runner.drain()
    rows = Run.objects.filter(event=event, workflow=workflow)
    rows.update(error={"code": code, "message": "no", "action": action})
    return rows.get()


def test_a_filter_means_all_that_it_says(workspace: Workspace) -> None:
    (waits,) = waiting_runs(workspace, 1, name="Wait")
    lead = failed_run(workspace)
    order = failed_run(workspace, code="timeout", action="pay", name="Pay", trigger={"type": "order.placed"})

    assert found(status="failed") == [lead, order]
    assert found(status=["failed", "waiting"], event_type="order.placed") == [order]
    assert found(workflow="pay") == found(workflow=str(order.workflow_id)) == [order]
    assert found(error_code="crm_down", action="push") == [lead]
    assert found(error_code="crm_down", action="pay") == []
    assert found(version=1, ids=[str(order.pk), str(waits.pk)], status="waiting") == [waits]
    assert found(version=2) == []


def test_since_is_within_and_until_is_not(workspace: Workspace) -> None:
    first, second = waiting_runs(workspace, 2)
    at = first.created_at
    Run.objects.filter(pk=second.pk).update(created_at=at + timedelta(seconds=1))

    assert found(since=at.isoformat(), until=(at + timedelta(seconds=1)).isoformat()) == [first]
    assert found(since=(at + timedelta(microseconds=1)).isoformat()) == [second]
    assert found(since=at.replace(tzinfo=None).isoformat()) == [first, second]


@pytest.mark.parametrize(
    "wanted",
    [{}, {"status": "done"}, {"since": 5}, {"since": "0001-01-01T00:00:00+14:00"}, {"ids": []}, {"stat": "failed"},
     {"version": 2**31}, {"error_code": "a\0"}, {"ids": ["x"]}],
)  # fmt: skip
def test_a_filter_that_says_nothing_or_nonsense_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RunFilter.model_validate(wanted)


def test_a_workflow_that_there_is_not_is_no_empty_set(workspace: Workspace) -> None:
    with pytest.raises(InvalidError, match="There is no workflow 'wellcome' in this workspace"):
        filters.rows(RunFilter(workflow="wellcome"))


def test_a_preview_says_what_would_be_done_and_changes_nothing(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    runs = waiting_runs(workspace, 25)
    Run.objects.filter(pk=runs[0].pk).update(status="completed")
    (foreign,) = waiting_runs(other_workspace, 1)
    workflow = Workflow.objects.get()
    ids = [each.pk for each in (*runs, foreign)]

    shown = preview(RunFilter(ids=ids))

    assert (shown.matched, shown.left_out, shown.looked_at, shown.estimated_seconds) == (24, 1, 24, 3)
    assert [(each.id, each.name, each.number) for each in shown.by_workflow] == [(workflow.pk, "Greet", 24)]
    assert [each.row.pk for each in shown.examples] == ids[1:21]
    assert shown.warnings == (
        "1 runs meet the filter and are left out: cancel is not for their status.",
        "1 of the ids are not of runs of this workspace that meet the rest of the filter.",
    )
    assert (Repair.objects.count(), set(Run.objects.values_list("status", flat=True))) == (0, {"waiting", "completed"})


def test_what_the_preview_counted_is_what_then_happens(workspace: Workspace) -> None:
    waiting_runs(workspace, 4)
    shown = preview(RunFilter(status=["waiting"]))

    repair = requested(expected=shown.matched)
    steps(repair)

    assert counts(repair) == (shown.matched, 0, 0)


@pytest.mark.parametrize(("expected", "is_fine"), [(19, False), (20, True), (21, True), (22, False)])
def test_a_set_that_is_not_what_was_expected_is_refused(workspace: Workspace, expected: int, is_fine: bool) -> None:
    waiting_runs(workspace, 20)

    if is_fine:
        assert requested(expected=expected).total == 20
        return
    with pytest.raises(ChangedError, match=f"20 runs match now, and {expected} were expected. Nothing was done."):
        requested(expected=expected)
    assert (Repair.objects.count(), RepairItem.objects.count(), audited("repair.requested")) == (0, 0, [])


def test_a_set_of_nothing_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidError, match="No runs match"):
        requested(expected=0)


def test_more_than_a_repair_takes_is_refused_by_request_and_preview(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_runs(workspace, 3)
    monkeypatch.setattr(selecting, "MAX_ITEMS", 2)

    with pytest.raises(InvalidError, match="More than 2 runs match"):
        requested(expected=3)
    with pytest.raises(InvalidError, match="More than 2 runs match"):
        preview(RunFilter(status=["waiting"]))
    monkeypatch.setattr(selecting, "MAX_ITEMS", 3)
    assert requested(expected=3).total == 3


def test_the_items_are_the_runs_the_oldest_first(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "BATCH", 2)
    runs = waiting_runs(workspace, 5)

    requested(expected=5)

    assert list(RepairItem.objects.values_list("target_id", flat=True)) == [run.pk for run in runs]


def test_the_same_key_is_the_same_repair_and_another_wish_with_it_is_refused(workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    first = requested(expected=1, idempotency_key="k")
    steps(first)

    again = requested(expected=1, idempotency_key="k")

    assert (again.pk, Repair.objects.count(), len(audited("repair.requested"))) == (first.pk, 1, 1)
    with pytest.raises(ConflictError, match="Another repair was asked for with this idempotency key"):
        requested(expected=1, idempotency_key="k", per_second=5.0)


def test_a_crash_while_the_items_are_made_leaves_no_repair(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_runs(workspace, 1)

    def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(selecting, "freeze", crash)
    with pytest.raises(RuntimeError):
        requested(expected=1)

    assert Repair.objects.count() == 0


def test_choosing_costs_no_more_statements_for_more_runs(workspace: Workspace) -> None:
    waiting_runs(workspace, 30)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        preview(RunFilter(status=["waiting"]))

    assert len(asked) <= 5


def test_notifications_are_replayed(workspace: Workspace) -> None:
    told = {"channel": "email", "trigger": "ON_READY", "to": "a@example.com", "message": "x"}
    factories.published(workspace, factories.definition(factories.log_event("x", notifications=[told])))
    for _ in range(3):
        matching.match(factories.event(workspace).pk)
    waiting = NotificationDelivery.objects.order_by("pk")[0]
    NotificationDelivery.objects.exclude(pk=waiting.pk).update(status="failed", hinted_at=None)
    operation, wanted = table.find(Target.NOTIFICATION, "replay"), NotificationFilter(channel="email")
    shown = preview(wanted, "replay")

    asked = Request(operation, wanted, operation.options(), shown.matched, "Ada", per_second=100.0)
    repair = requesting.request(asked).repair
    steps(repair)

    new = NotificationDelivery.objects.exclude(replay_of=None).order_by("pk")
    assert (shown.matched, shown.left_out, shown.effects.executed) == (2, 1, 2)
    assert (repair.status, [row.replayed_by for row in new]) == ("completed", ["Ada", "Ada"])
    items = RepairItem.objects.order_by("pk").values_list("target_id", "result_id")
    assert list(items) == [(row.replay_of_id, row.pk) for row in new]
    assert {row.status for row in new} == {DeliveryStatus.PENDING}


def test_ids_of_another_workspace_are_left_out(workspace: Workspace, other_workspace: Workspace) -> None:
    (foreign,) = waiting_runs(other_workspace, 1)

    assert found(ids=[str(foreign.pk), str(new_id())]) == []
    with tenancy.scope(other_workspace.pk):
        assert found(ids=[str(foreign.pk)]) == [foreign]
