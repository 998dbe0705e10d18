"""`client.schedules`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sequitur_client import binding
from sequitur_client.calls import Call, Named, filled
from sequitur_client.generated import models as m


def schedules_list(
    *,
    cursor: str | None = None,
    due_before: dt.datetime | None = None,
    is_active: bool | None = None,
    limit: int | None = None,
    q: str | None = None,
    workflow: str | None = None,
) -> Call[m.SchedulePage]:
    """The newest schedules first, each with its next time and what became of the last one.

    cursor: From `next` or `previous` of another page
    due_before: Those that fire before this instant
    is_active: Whether it fires: true or false
    limit: Rows of a page
    q: A part of the name of the workflow, or of the trigger's key
    workflow: Id or slug of the workflow
    """
    return Call(
        operation="schedules_list",
        method="GET",
        path=filled("/api/v1/schedules/"),
        answers={200: m.SchedulePage},
        query={
            "cursor": cursor,
            "due_before": due_before,
            "is_active": is_active,
            "limit": limit,
            "q": q,
            "workflow": workflow,
        },
    )


def schedules_retrieve(id: Named) -> Call[m.ScheduleDetailResponse]:
    """One schedule, with its next ten times, its last ticks, and what it missed."""
    return Call(
        operation="schedules_retrieve",
        method="GET",
        path=filled("/api/v1/schedules/{id}/", id=id),
        answers={200: m.ScheduleDetailResponse},
    )


def schedules_ticks(
    id: Named,
    *,
    cursor: str | None = None,
    limit: int | None = None,
    status: Literal["fired", "missed", "skipped"] | None = None,
) -> Call[m.TickPage]:
    """What became of the times of a schedule, the newest first.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    status: What became of the time
    """
    return Call(
        operation="schedules_ticks",
        method="GET",
        path=filled("/api/v1/schedules/{id}/ticks/", id=id),
        answers={200: m.TickPage},
        query={"cursor": cursor, "limit": limit, "status": status},
    )


class Schedules(binding.Resource):
    """What can be done with schedules."""

    list = binding.paged(schedules_list)
    retrieve = binding.called(schedules_retrieve)
    ticks = binding.paged(schedules_ticks)


class AsyncSchedules(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_pages(schedules_list)
    retrieve = binding.awaited(schedules_retrieve)
    ticks = binding.awaited_pages(schedules_ticks)
