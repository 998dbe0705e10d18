"""Which queued actions have a message now, and which wait in the backlog of their workspace (`core.backlogs`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from core import backlogs, prepared, tenancy
from core.backlogs import Line
from triggers.services import dispatching as events
from workflows.models import ActionRun
from workflows.services import hinting

LINE = Line(table="workflows_actionrun", waiting="o.status = 'queued'", lock=2301, publish=hinting.hint_ids)


def fitting(number: int, *, free: int = 0) -> int:
    """For how many of so many rows of the workspace in scope a message may be published now.

    `free`: so many may in any case, without a question: in the place of the message that brought a worker here.
    """
    if number <= free:
        return number
    workspace_id = tenancy.current_workspace_id()
    return min(number, max(free, backlogs.rooms(LINE, [workspace_id])[workspace_id].number))


def split(rows: Sequence[tuple[UUID, UUID]]) -> tuple[list[UUID], list[UUID]]:
    """Of (id, workspace) in their order: the ids for which a message may be published now, and the others."""
    found = backlogs.rooms(LINE, {workspace_id for _, workspace_id in rows}) if rows else {}
    left = {workspace_id: room.number for workspace_id, room in found.items()}
    now: list[UUID] = []
    later: list[UUID] = []
    for uid, workspace_id in rows:
        (now if left[workspace_id] > 0 else later).append(uid)
        left[workspace_id] -= 1
    return now, later


def place(rows: Sequence[ActionRun], *, now: datetime) -> UUID | None:
    """Say of queued rows, not yet saved, which have a message: the most urgent. All are of the workspace in scope.

    Returns the one whose message overtakes, if one does.
    """
    if not rows:
        return None
    workspace_id = tenancy.current_workspace_id()
    room = backlogs.rooms(LINE, [workspace_id])[workspace_id]
    number = min(len(rows), room.number)
    ordered = sorted(rows, key=lambda row: -row.run.priority)
    for row in ordered[:number]:
        row.hinted_at = now
    for row in ordered[number:]:
        row.queue_priority = row.run.priority
    if number < len(rows):
        refill_soon()
    return ordered[0].pk if room.is_idle else None


def refill(workspace_id: UUID) -> int:
    """Publish for the next actions of a workspace's backlog (`backlogs.refill`)."""
    return backlogs.refill(LINE, workspace_id)


def refill_soon() -> None:
    """The same for the workspace in scope, on commit, where actions go into its backlog."""
    backlogs.refill_soon(LINE, [tenancy.current_workspace_id()])


def refill_of(action_run_id: UUID) -> None:
    """The same for the workspace of an action for which nothing was done, though its message is used up."""
    with tenancy.unscoped("the message names an action, and the action its workspace"):
        workspace_id = ActionRun.objects.filter(pk=action_run_id).values_list("workspace_id", flat=True).first()
    if workspace_id is not None:
        refill(workspace_id)


def refill_all() -> int:
    """The same for all workspaces: for the sweep."""
    return backlogs.refill_all(LINE)


def others_wait(workspace_id: UUID) -> bool:
    """Whether an action or an event of another workspace waits for a worker."""
    with tenancy.unscoped("it is the others who are looked for"):
        return bool(prepared.fetch(_OTHERS_WAIT, {"workspace_id": workspace_id}))


_OTHERS_WAIT: LiteralString = " UNION ALL ".join(
    f"""(SELECT 1 FROM {line.table} AS o
    WHERE o.hinted_at IS NOT NULL AND {line.waiting} AND o.workspace_id <> %(workspace_id)s LIMIT 1)"""  # noqa: S608
    for line in (LINE, events.LINE)
)
