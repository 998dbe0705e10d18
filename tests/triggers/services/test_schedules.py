"""Schedules follow what is published, paused and resumed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import tenancy
from core.errors import InvalidError, Problem
from core.models import Workspace
from tests import factories
from tests import schedules as published_schedules
from triggers.models import Schedule, Tick
from triggers.services import schedules, ticking
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def publish(workflow: Workflow, **params: Any) -> None:
    trigger = {"type": "schedule", "params": params}
    definition = factories.definition(name=workflow.name, triggers=[trigger])
    with tenancy.scope(workflow.workspace_id):
        workflows.publish(workflows.update(workflow, definition), published_by="test")


def reread(row: Schedule) -> Schedule:
    with tenancy.scope(row.workspace_id):
        return Schedule.objects.select_related("trigger__workflow").get(pk=row.pk)


def test_publishing_starts_a_schedule_in_the_time_zone_of_the_workspace(workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Asia/Kathmandu")

    row = published_schedules.published(workspace, cron="0 9 * * *")

    assert row.params == {"cron": "0 9 * * *", "timezone": "Asia/Kathmandu"}
    assert row.is_active
    assert row.next_slot == row.next_fire_at
    assert row.next_slot is not None
    assert timezone.now() < row.next_slot <= timezone.now() + timedelta(days=1)
    assert f"{row.next_slot:%H:%M}" == "03:15"


def test_a_moment_in_the_past_is_accepted_and_never_fires(workspace: Workspace) -> None:
    row = published_schedules.published(workspace, at="2020-01-01")

    assert (row.is_active, row.next_slot, row.next_fire_at) == (True, None, None)


def test_publishing_again_keeps_the_position_while_the_parameters_are_the_same(workspace: Workspace) -> None:
    row = published_schedules.published(workspace, every_seconds=60)
    before = published_schedules.due_at(row, NOW)

    publish(reread(row).trigger.workflow, every_seconds=60)

    after = reread(row)
    assert (after.next_slot, after.anchor_at, after.updated_at) == (NOW, before.anchor_at, before.updated_at)


def test_other_parameters_start_it_again(workspace: Workspace) -> None:
    row = published_schedules.due_at(published_schedules.published(workspace, every_seconds=60), NOW, anchor=NOW)

    publish(reread(row).trigger.workflow, every_seconds=90)

    after = reread(row)
    assert (after.pk, after.params["every_seconds"]) == (row.pk, 90)
    assert after.next_slot == after.anchor_at + timedelta(seconds=90)
    assert after.anchor_at > NOW


def test_a_paused_schedule_stops_and_goes_on_from_now_without_ticks(workspace: Workspace) -> None:
    row = published_schedules.published(workspace, every_seconds=60)
    published_schedules.due_at(row, NOW, anchor=NOW)
    workflow = reread(row).trigger.workflow

    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
        paused = reread(row)
        ticking.tick()
        workflows.resume(workflow)
        resumed = reread(row)

    assert (paused.is_active, paused.next_slot, paused.next_fire_at) == (False, None, None)
    assert (resumed.is_active, resumed.anchor_at) == (True, NOW)
    assert resumed.next_slot is not None
    assert timedelta() < resumed.next_slot - timezone.now() <= timedelta(seconds=60)
    assert (resumed.next_slot - NOW) % timedelta(seconds=60) == timedelta()
    with tenancy.scope(workspace.pk):
        assert not Tick.objects.exists()


def test_pausing_and_resuming_twice_changes_nothing(workspace: Workspace) -> None:
    row = published_schedules.published(workspace, cron="0 0 1 1 *")
    workflow = reread(row).trigger.workflow
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
        workflows.resume(workflow)
        once = reread(row)

        workflows.resume(workflow)

    assert reread(row) == once
    assert reread(row).updated_at == once.updated_at


@pytest.mark.parametrize(
    "trigger",
    [{"type": "lead.created"}, {"type": "schedule", "params": {"every_seconds": 60}, "active": False}],
    ids=["of another type", "disabled"],
)
def test_a_trigger_that_is_no_schedule_any_more_or_is_disabled_stops(
    workspace: Workspace, trigger: dict[str, Any]
) -> None:
    row = published_schedules.published(workspace, every_seconds=60)
    workflow = reread(row).trigger.workflow
    definition = factories.definition(name=workflow.name, triggers=[trigger])

    with tenancy.scope(workspace.pk):
        workflows.publish(workflows.update(workflow, definition), published_by="test")

    assert (reread(row).is_active, reread(row).next_fire_at) == (False, None)


def test_a_crash_while_publishing_leaves_the_schedule_as_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = published_schedules.due_at(published_schedules.published(workspace, every_seconds=60), NOW)

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(Schedule.objects, "bulk_create", crash)
    with pytest.raises(RuntimeError, match="killed"):
        publish(reread(row).trigger.workflow, every_seconds=90)

    assert (reread(row).params["every_seconds"], reread(row).next_slot) == (60, NOW)


def test_the_problems_of_a_schedule_are_those_of_the_definition(workspace: Workspace) -> None:
    trigger = {"type": "schedule.cron", "params": {"cron": "0 25 * * *", "every": 1}}
    with tenancy.scope(workspace.pk):
        workflow = workflows.create(factories.definition(triggers=[trigger]))

        found = workflows.problems(workflow)

    assert [(each.path, each.code) for each in found] == [("/triggers/0/params/every", "unknown_field")]


def test_a_preview_is_a_sentence_and_ten_times_with_their_offset() -> None:
    found = schedules.preview("schedule", {"cron": "0 9 * * 1-5"}, zone="Europe/Amsterdam", now=NOW)

    assert found.sentence == "At 09:00 on Monday through Friday, in the time zone Europe/Amsterdam."
    assert [each.isoformat() for each in found.times[:2]] == ["2026-01-06T09:00:00+01:00", "2026-01-07T09:00:00+01:00"]
    assert len(found.times) == 10


def test_only_schedules_have_a_preview() -> None:
    message = "Only schedules have a preview; 'lead.created' is none."

    with pytest.raises(InvalidError) as raised:
        schedules.preview("lead.created", {}, zone="UTC", now=NOW)

    assert raised.value.problems == (Problem("/type", "invalid", message),)
