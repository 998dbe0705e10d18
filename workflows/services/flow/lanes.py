"""Lanes: the runs of a workflow that are counted together for `concurrency`, and go on only so many at once.

Constraints: the limit holds whoever races, a lane that has room is not left with runs that wait, and runs end on a road
of one statement that takes no lock of a lane. So only those who *add* to the runs that go on lock the lane (its row of
flow control), and count under the lock; who ends a run only says so, in a message after the commit. Whoever receives
that locks the lane as well: either it sees the run that waits, or that run is let in later, and sees the room.
The sweep looks for lanes whose message was lost.

Where the workspace has a ceiling, a workflow is besides one lane of all its lanes: who adds locks the row of that, too
(`controls.ceiling`), and who opens one lane looks at all of them, since the run that ended may have left room in any.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from core import tenancy
from core.models import Workspace
from workflows.definitions.flow import OnLimit
from workflows.models import FlowState, Run
from workflows.services import stopping
from workflows.services.flow import counting, effective, entering, rules, states
from workflows.services.flow.controls import ceiling
from workflows.services.flow.entering import Entry
from workflows.services.flow.rules import Rule

ORDER = ("-priority", "id")

WaitedFor = tuple[UUID, UUID, str]  # workspace, workflow, lane


def open_for(run_id: UUID) -> int:
    """Let those start that wait in the lane of this run; returns how many did. The message names the run only."""
    with tenancy.unscoped("the message names a run, and the run its workspace"):
        rows = Run.objects.filter(pk=run_id).exclude(lane="")
        lane = rows.values_list("workspace_id", "workflow_id", "lane").first()
    return 0 if lane is None else open_(lane)


def open_(lane: WaitedFor) -> int:
    """Cancel what the newest run of a lane supersedes, and let start what there is room for; returns how many did.

    Safe to repeat. Concurrency: each run is cancelled, and each started, in a transaction of its own: locks go up only.
    """
    workspace_id, workflow_id, name = lane
    with tenancy.scope(workspace_id):
        workspace = Workspace.objects.get(pk=workspace_id)
        _supersede(workflow_id, name, workspace)
        if effective.concurrency_ceiling(workspace.flow) is not None:
            return _let_in_anywhere(workflow_id, workspace)
        started, passed = 0, set[UUID]()
        while (run := counting.waiting(workflow_id, name).exclude(pk__in=passed).order_by(*ORDER).first()) is not None:
            became = entering.enter(run, workspace)
            started += became is Entry.STARTED
            if became is Entry.NO_ROOM:
                break
            if became is Entry.GONE:
                passed.add(run.pk)
    return started


def _let_in_anywhere(workflow_id: UUID, workspace: Workspace) -> int:
    """Let those start that wait in any lane of a workflow with a ceiling, in their order, as far as there is room."""
    started, passed, full = 0, set[UUID](), set[str]()
    while (run := _next(workflow_id, but=passed, full=full)) is not None:
        became = entering.enter(run, workspace)
        started += became is Entry.STARTED
        if became is Entry.AT_CEILING:
            return started
        if became is Entry.GONE:
            passed.add(run.pk)
        elif became is Entry.NO_ROOM:
            full |= {run.lane} | (set() if full else _full(workflow_id, workspace))
    if FlowState.objects.filter(workflow_id=workflow_id, control=ceiling.CONTROL, state__is_waited_for=True).exists():
        _nobody_waits(workflow_id, passed, full)
    return started


def _next(workflow_id: UUID, *, but: Collection[UUID], full: Collection[str]) -> Run | None:
    rows = counting.waiting_anywhere(workflow_id).exclude(pk__in=but).exclude(lane__in=full)
    return rows.order_by(*ORDER).first()


def _full(workflow_id: UUID, workspace: Workspace) -> set[str]:
    """The lanes that have no room now, at one look: each of them would else be tried. Those that end there say so."""
    going = counting.going_by_lane(workflow_id)
    waiting = counting.waiting_anywhere(workflow_id).filter(lane__in=going).order_by("lane", "id").distinct("lane")
    limits = {run.lane: rule.limit for run in waiting if (rule := rules.of_run(run, workspace)[0]) is not None}
    return {lane for lane, limit in limits.items() if going[lane] >= limit}


@transaction.atomic
def _nobody_waits(workflow_id: UUID, passed: Collection[UUID], full: Collection[str]) -> None:
    """Write down that nobody waits for the ceiling of a workflow, unless somebody does now that it is locked."""
    row = states.locked_again(workflow_id, [(ceiling.CONTROL, ceiling.DIGEST)])[ceiling.CONTROL]
    ceiling.write(row, is_waited_for=_next(workflow_id, but=passed, full=full) is not None)


def waited_for(*, after: WaitedFor | None, number: int) -> list[WaitedFor]:
    """The next so many lanes of all workspaces in which a run waits."""
    return counting.waited_for(after=after[1:] if after else None, number=number)


def open_if_due(lane: WaitedFor) -> int:
    """Open a lane, unless those in it have to wait; returns how many runs started."""
    workspace_id, workflow_id, name = lane
    with tenancy.scope(workspace_id):
        count = counting.of([(workflow_id, name)])[workflow_id, name]
        newest = Run.objects.filter(pk=count.newest).first() if count.newest else None
        if newest is None:
            return 0
        rule, _ = rules.of_run(newest, Workspace.objects.get(pk=workspace_id))
        is_due = _is_due(rule, workflow_id, going=count.going)
    return open_(lane) if is_due else 0


def _is_due(rule: Rule | None, workflow_id: UUID, *, going: int) -> bool:
    if rule is None or rule.on_limit is OnLimit.CANCEL_RUNNING:
        return True
    if going >= rule.limit:
        return False
    return rule.ceiling is None or rule.has_room_below(counting.going([workflow_id]).get(workflow_id, 0))


def _supersede(workflow_id: UUID, name: str, workspace: Workspace) -> None:
    """Of the runs that go on or wait, only the newest are wanted, as many as may go on at once."""
    newest = counting.waiting(workflow_id, name).order_by("-id").first()
    rule = rules.of_run(newest, workspace)[0] if newest is not None else None
    if newest is None or rule is None or rule.on_limit is not OnLimit.CANCEL_RUNNING:
        return
    for run_id in counting.newest_first((workflow_id, name), but=rule.limit):
        if run_id != newest.pk:  # where the clock that gave an older run its id goes ahead
            stopping.supersede(run_id, by=newest.pk)
