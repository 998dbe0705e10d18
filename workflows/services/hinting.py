"""Publish messages about queued actions, each with those that follow if all goes well: as chains."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from core import prepared, publish
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun
from workflows.services import versions

EXECUTE_TASK = "workflows.execute_action"
QUEUE = "actions"
OPEN_TASK = "workflows.open_lane"
OPEN_QUEUE = "runs"

_Place = tuple[UUID, UUID | None, str, str]  # run, parent, iteration, key


def hint(rows: Collection[ActionRun], *, express: UUID | None = None) -> None:
    """Publish, on commit, for each of the rows that is queued and not in a backlog; pending ones are for its segment.

    All rows are of one run, as they are now. `express`: the row whose message overtakes (`publish.express`).
    """
    pending = {
        (row.run_id, row.parent_id, row.iteration, row.key): row.pk
        for row in rows
        if row.status == ActionStatus.PENDING
    }
    for row in rows:
        if row.status == ActionStatus.QUEUED and row.queue_priority is None:
            queued = _Queued(row.pk, row.run_id, row.parent_id, row.iteration, row.key, row.run.version_id)
            _publish(queued, pending, queue=publish.express(QUEUE) if row.pk == express else QUEUE)


def hint_ids(queued: Collection[UUID], *, again: bool = False) -> None:
    """Publish, on commit, for each of these rows that is queued, and not in a backlog; in this order.

    `again`: an earlier message was lost, or its worker.
    """
    if not queued:
        return
    order = {pk: number for number, pk in enumerate(queued)}
    found = [_Queued(*row) for row in prepared.fetch(_QUEUED, {"ids": list(queued)})]
    pending = _pending_after(found)
    for each in sorted(found, key=lambda row: order[row.id]):
        _publish(each, pending, queue=QUEUE, again=again)


@dataclass(frozen=True, slots=True)
class _Queued:
    """What a message about an action is made of."""

    id: UUID
    run_id: UUID
    parent_id: UUID | None
    iteration: str
    key: str
    version_id: UUID

    def after(self) -> list[str]:
        return versions.load(self.version_id).plan.segment_after(self.key, self.iteration)


def hint_lane(run_id: UUID) -> None:
    """Publish, on commit, that others in the lane of this run may start, or are to end for it."""
    publish.task(OPEN_TASK, run_id, queue=OPEN_QUEUE)


# As SQL, and no more than is needed: this is done for every action of a backlog.
_QUEUED: LiteralString = """
SELECT a.id, a.run_id, a.parent_id, a.iteration, a.key, r.version_id
FROM workflows_actionrun a JOIN workflows_run r ON r.id = a.run_id
WHERE a.id = ANY(%(ids)s) AND a.status = 'queued' AND a.queue_priority IS NULL
"""
_PENDING: LiteralString = """
SELECT run_id, parent_id, iteration, key, id FROM workflows_actionrun
WHERE run_id = ANY(%(runs)s) AND key = ANY(%(keys)s) AND status = 'pending'
"""


def _pending_after(queued: Iterable[_Queued]) -> Mapping[_Place, UUID]:
    """The pending rows in the segments of queued ones."""
    after = [(row.run_id, key) for row in queued for key in row.after()]
    if not after:
        return {}
    runs, keys = {run_id for run_id, _ in after}, {key for _, key in after}
    found = prepared.fetch(_PENDING, {"runs": list(runs), "keys": list(keys)})
    return {(run_id, parent_id, iteration, key): pk for run_id, parent_id, iteration, key, pk in found}


def _publish(row: _Queued, pending: Mapping[_Place, UUID], *, queue: str, again: bool = False) -> None:
    rest = [pending.get((row.run_id, row.parent_id, row.iteration, key)) for key in row.after()]
    ids = [pk for pk in rest if pk is not None]
    publish.segment(EXECUTE_TASK, [row.id, *ids], queue=queue, again=again)
