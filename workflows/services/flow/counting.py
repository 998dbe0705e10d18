"""How many runs of lanes go on, and whether others wait: from the runs themselves, so no count can be wrong."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from django.db import connection, models
from django.db.models import QuerySet

from core import tenancy
from workflows.models import Run
from workflows.services.flow.starts import Lane


@dataclass(frozen=True, slots=True)
class Count:
    """The runs of a lane that go on, and the newest of those that wait for room, if one does."""

    going: int
    newest: UUID | None

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for room."""
        return self.newest is not None


def of(lanes: Collection[Lane]) -> dict[Lane, Count]:
    """The count of each lane of the workspace in scope, in one query.

    Concurrency: true for as long as the lanes are locked; ends of runs alone make it less.
    """
    ordered = list(lanes)
    workflows, names = [workflow for workflow, _ in ordered], [name for _, name in ordered]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [tenancy.current_workspace_id(), tenancy.current_workspace_id(), workflows, names])
        return {(workflow, name): Count(going, newest) for workflow, name, going, newest in cursor.fetchall()}


# As the conditions of the indexes `run_in_lane` and `run_waits_in_lane` have it.
_GOING: LiteralString = "r.finished_at IS NULL AND r.held_at IS NULL AND NOT r.lane = ''"
_WAITS: LiteralString = "r.finished_at IS NULL AND r.held_at IS NOT NULL AND r.held_until IS NULL AND NOT r.lane = ''"

_COUNT: LiteralString = f"""
SELECT own.workflow_id, own.lane,
    (SELECT count(*) FROM workflows_run r
     WHERE r.workspace_id = %s AND r.workflow_id = own.workflow_id AND r.lane = own.lane AND {_GOING}),
    (SELECT r.id FROM workflows_run r
     WHERE r.workspace_id = %s AND r.workflow_id = own.workflow_id AND r.lane = own.lane AND {_WAITS}
     ORDER BY r.id DESC LIMIT 1)
FROM unnest(%s::uuid[], %s::text[]) AS own (workflow_id, lane)
"""  # noqa: S608  nothing in it comes from outside


def going(workflows: Collection[UUID]) -> dict[UUID, int]:
    """How many runs of each of these workflows go on in lanes, all of them together; one without any is left out.

    Concurrency: true for as long as the ceilings of the workflows are locked, as `of` is for lanes.
    """
    counted = _going().filter(workflow_id__in=workflows).values_list("workflow_id")
    return dict(counted.annotate(going=models.Count("pk")).order_by())


def going_by_lane(workflow_id: UUID) -> dict[str, int]:
    """How many runs go on in each lane of a workflow in which some do."""
    counted = _going().filter(workflow_id=workflow_id).values_list("lane")
    return dict(counted.annotate(going=models.Count("pk")).order_by())


def _going() -> QuerySet[Run]:
    return Run.objects.filter(finished_at=None, held_at=None).exclude(lane="")


def waiting(workflow_id: UUID, lane: str) -> QuerySet[Run]:
    """The runs that wait for room in a lane."""
    return waiting_anywhere(workflow_id).filter(lane=lane)


def waiting_anywhere(workflow_id: UUID) -> QuerySet[Run]:
    """The runs of a workflow that wait for room, in whichever lane."""
    held = Run.objects.filter(workflow_id=workflow_id, held_at__isnull=False, held_until=None)
    return held.filter(finished_at=None, outcome=None).exclude(lane="")


def unfinished(workflow_id: UUID, lane: str) -> QuerySet[Run]:
    """The runs that go on in a lane or wait for room, but for those whose end is decided."""
    own = Run.objects.filter(workflow_id=workflow_id, lane=lane, held_until=None, finished_at=None, outcome=None)
    return own.exclude(lane="")


def waited_for(*, after: Lane | None, number: int) -> list[tuple[UUID, UUID, str]]:
    """The next so many lanes of all workspaces in which somebody waits: workspace, workflow, lane."""
    workflow_id, name = after or (UUID(int=0), "")
    with tenancy.unscoped("one sweep serves all workspaces"), connection.cursor() as cursor:
        cursor.execute(_WAITED_FOR, [workflow_id, name, number])
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


# A step in the index for each lane, not for each run that waits.
# Source: https://wiki.postgresql.org/wiki/Loose_indexscan
_WAITED_FOR: LiteralString = f"""
WITH RECURSIVE own AS (
    (SELECT r.workspace_id, r.workflow_id, r.lane FROM workflows_run r
     WHERE {_WAITS} AND (r.workflow_id, r.lane) > (%s, %s) ORDER BY r.workflow_id, r.lane LIMIT 1)
    UNION ALL
    SELECT following.* FROM own, LATERAL (
        SELECT r.workspace_id, r.workflow_id, r.lane FROM workflows_run r
        WHERE {_WAITS} AND (r.workflow_id, r.lane) > (own.workflow_id, own.lane)
        ORDER BY r.workflow_id, r.lane LIMIT 1
    ) AS following
)
SELECT workspace_id, workflow_id, lane FROM own LIMIT %s
"""  # noqa: S608  as above


def newest_first(lane: Lane, *, but: int) -> Sequence[UUID]:
    """The unfinished runs of a lane, the newest `but` so many left out."""
    return list(unfinished(*lane).order_by("-id").values_list("pk", flat=True)[but:])
