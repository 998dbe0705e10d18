"""Schedules for tests: published as workflows, or many of them as bare rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.engine.schedules import catching_up
from triggers.models import Schedule, Tick, Trigger
from triggers.services import schedules
from workflows.models import Workflow


def published(workspace: Workspace, *actions: dict[str, Any], name: str = "Report", **params: Any) -> Schedule:
    """The schedule of a workflow that was just published with these parameters."""
    trigger = {"type": "schedule", "params": params}
    workflow = factories.published(workspace, factories.definition(*actions, name=name, triggers=[trigger]))
    with tenancy.scope(workspace.pk):
        return Schedule.objects.get(trigger__workflow=workflow)


def due_at(schedule: Schedule, slot: datetime, *, anchor: datetime | None = None) -> Schedule:
    """The schedule as if it had been waiting for this slot."""
    with tenancy.scope(schedule.workspace_id):
        schedule.anchor_at = anchor or schedule.anchor_at
        schedule.next_slot, schedule.next_fire_at = slot, catching_up.fire_at(schedules.policy(schedule), slot)
        schedule.save(update_fields=["anchor_at", "next_slot", "next_fire_at"])
    return schedule


def many(workspaces: list[Workspace], number: int, *, params: dict[str, Any], slot: datetime) -> list[Schedule]:
    """So many schedules that are due at a slot, each with a workflow, spread over the workspaces. Fast: bare rows."""
    template = factories.published(workspaces[0], factories.definition(name="Template"))
    with tenancy.unscoped("the test seeds many workspaces"):
        template.refresh_from_db()
        own = [_workflow(workspaces[index % len(workspaces)], template, index) for index in range(number)]
        Workflow.objects.bulk_create(own, batch_size=1000)
        version_id = Workflow.objects.values_list("active_version", flat=True).get(pk=template.pk)
        assert version_id is not None
        triggers = [_trigger(row, version_id, params) for row in own]
        Trigger.objects.bulk_create(triggers, batch_size=1000)
        rows = [_schedule(row, {"timezone": "UTC", **params}, slot) for row in triggers]
        return Schedule.objects.bulk_create(rows, batch_size=1000)


def _workflow(workspace: Workspace, template: Workflow, index: int) -> Workflow:
    name = f"many-{index}"
    version = template.active_version
    return Workflow(workspace=workspace, name=name, slug=name, status="active", active_version=version)


def _trigger(workflow: Workflow, version_id: UUID, params: dict[str, Any]) -> Trigger:
    return Trigger(
        workspace_id=workflow.workspace_id,
        workflow=workflow,
        version_id=version_id,
        key="t1",
        type="schedule",
        params=params,
    )


def _schedule(trigger: Trigger, params: dict[str, Any], slot: datetime) -> Schedule:
    return Schedule(
        workspace_id=trigger.workspace_id,
        trigger=trigger,
        params=params,
        anchor_at=slot,
        next_slot=slot,
        next_fire_at=slot,
    )


def ticks(schedule: Schedule) -> list[tuple[str, str, int]]:
    """What became of its times, oldest first: `("09:00", "fired", 1)`."""
    with tenancy.scope(schedule.workspace_id):
        rows = Tick.objects.filter(schedule=schedule).order_by("scheduled_for")
        return [(f"{row.scheduled_for:%H:%M}", row.status, row.slots) for row in rows]
