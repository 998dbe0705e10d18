"""What the API takes and gives about schedules."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.api.queries import Instant, ListQuery
from core.api.shapes import Page
from triggers.engine.schedules import sentence
from triggers.models import Schedule, Tick
from triggers.services import schedules


class TickStatus(StrEnum):
    """What became of a time."""

    FIRED = "fired"
    MISSED = "missed"
    SKIPPED = "skipped"


class SchedulePreviewRequest(BaseModel):
    """A trigger as a definition has it."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["schedule"])
    params: dict[str, Any] = Field(default_factory=dict, examples=[{"cron": "0 9 * * 1-5"}])


class ScheduleProblemResponse(BaseModel):
    """Something wrong with the parameters."""

    path: str
    code: str
    message: str


class SchedulePreviewResponse(BaseModel):
    """What a schedule means: in words, and the next ten times with their offset, fewer when there are no more.

    With problems, the rest is empty. Jitter is not shown: it is not known before there is a schedule.
    """

    sentence: str
    next: list[str]
    timezone: str
    problems: list[ScheduleProblemResponse]


class ScheduleQuery(ListQuery):
    """Which schedules a list shows."""

    workflow: str | None = Field(None, description="Id or slug of the workflow")
    is_active: bool | None = Field(None, description="Whether it fires: true or false")
    q: str | None = Field(
        None, max_length=200, description="A part of the name of the workflow, or of the trigger's key"
    )
    due_before: Instant | None = Field(None, description="Those that fire before this instant")


class ScheduleWorkflow(BaseModel):
    """The workflow that a schedule starts."""

    id: str
    name: str


class LastTick(BaseModel):
    """What became of the newest time."""

    scheduled_for: datetime
    status: TickStatus
    reason: str


class ScheduleResponse(BaseModel):
    """A schedule. `next_fire_at` is null when no time is left, and while it is paused."""

    id: str
    trigger: str
    workflow: ScheduleWorkflow
    sentence: str
    timezone: str
    is_active: bool
    next_fire_at: datetime | None
    last_tick: LastTick | None


class MissedResponse(BaseModel):
    """The times of the newest `ticks` that did not fire because nothing looked in time: `slots` of them, `is_exact`
    false when there were more."""

    slots: int
    is_exact: bool
    last_slot: datetime | None


class TickQuery(ListQuery):
    """Which ticks a list shows."""

    status: TickStatus | None = Field(None, description="What became of the time")


class TickResponse(BaseModel):
    """What became of a time, or of `slots` of them, up to `last_slot`; more when `is_exact` is false.

    `event` is the uid of the event that was sent.
    """

    id: str
    scheduled_for: datetime
    status: TickStatus
    reason: str
    event: str | None
    last_slot: datetime | None
    slots: int
    is_exact: bool
    created_at: datetime


class ScheduleDetailResponse(ScheduleResponse):
    """A schedule with its parameters, its next ten times with their offset, and what became of the last twenty.

    `next` is empty when no time is left, and while it is paused. Jitter is in `next_fire_at` alone.
    """

    params: dict[str, Any]
    next: list[str]
    ticks: list[TickResponse]
    missed: MissedResponse


class SchedulePage(Page[ScheduleResponse]):
    """Schedules, newest first."""


class TickPage(Page[TickResponse]):
    """Ticks, newest first."""


def schedule(row: Schedule) -> ScheduleResponse:
    spec = schedules.policy(row).spec
    return ScheduleResponse(
        id=str(row.pk),
        trigger=row.trigger.key,
        workflow=ScheduleWorkflow(id=str(row.trigger.workflow_id), name=row.trigger.workflow.name),
        sentence=sentence(spec),
        timezone=spec.zone.key,
        is_active=row.is_active,
        next_fire_at=row.next_fire_at,
        last_tick=getattr(row, "last_tick", None),
    )


def detail(row: Schedule, ticks: Sequence[Tick]) -> ScheduleDetailResponse:
    missed = [each for each in ticks if each.status == TickStatus.MISSED]
    return ScheduleDetailResponse(
        **schedule(row).model_dump(),
        params=row.params,
        next=[each.isoformat() for each in schedules.upcoming(row)],
        ticks=[tick(each) for each in ticks],
        missed=MissedResponse(
            slots=sum(each.slots for each in missed),
            is_exact=all(each.is_exact for each in missed),
            last_slot=(missed[0].last_slot or missed[0].scheduled_for) if missed else None,
        ),
    )


def tick(row: Tick) -> TickResponse:
    return TickResponse(
        id=str(row.pk),
        scheduled_for=row.scheduled_for,
        status=TickStatus(row.status),
        reason=row.reason,
        event=str(row.event) if row.event else None,
        last_slot=row.last_slot,
        slots=row.slots,
        is_exact=row.is_exact,
        created_at=row.created_at,
    )
