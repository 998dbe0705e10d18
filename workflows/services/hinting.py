"""Publish messages about queued actions, each with those that follow if all goes well: as chains."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from core import publish
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun
from workflows.services import versions

EXECUTE_TASK = "workflows.execute_action"
QUEUE = "actions"


def hint(rows: Collection[ActionRun], *, again: bool = False) -> None:
    """Publish, on commit, for each of the rows that is queued; pending ones among them are taken for its segment.

    All rows are of one run, as they are now. `again`: an earlier message was lost, or its worker.
    """
    pending = {(row.parent_id, row.iteration, row.key): row.pk for row in rows if row.status == ActionStatus.PENDING}
    for row in rows:
        if row.status == ActionStatus.QUEUED:
            rest = [pending.get((row.parent_id, row.iteration, key)) for key in _after(row)]
            ids = [pk for pk in rest if pk is not None]
            publish.segment(EXECUTE_TASK, [row.pk, *ids], queue=QUEUE, again=again)


def hint_ids(queued: Collection[UUID], *, again: bool = False) -> None:
    """Publish, on commit, for each of these rows that is queued."""
    rows = ActionRun.objects.filter(pk__in=queued, status=ActionStatus.QUEUED).select_related("run")
    found = list(rows.only("id", "key", "iteration", "status", "parent_id", "run__version_id", "run__workspace_id"))
    by_run: Mapping[UUID, list[ActionRun]] = defaultdict(list)
    for row in found:
        by_run[row.run_id].append(row)
    for each in by_run.values():
        hint([*each, *_pending_after(each)], again=again)


def _pending_after(queued: Iterable[ActionRun]) -> list[ActionRun]:
    """The pending rows in the segments of queued ones of a run."""
    wanted = {key for row in queued for key in _after(row)}
    if not wanted:
        return []
    run = next(iter(queued)).run
    return list(ActionRun.objects.filter(run=run, key__in=wanted, status=ActionStatus.PENDING).select_related("run"))


def _after(row: ActionRun) -> list[str]:
    return versions.load(row.run.version_id).plan.segment_after(row.key, row.iteration)
