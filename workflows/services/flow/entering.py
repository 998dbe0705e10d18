"""Let one held run start if there is room in its lane and its throttle is free; else it waits for what is missing.

Everything that adds to the runs of a lane, but for the gate, comes through here: see `lanes` for what that promises.
"""

import time
from collections.abc import Collection
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from workflows.definitions.flow import Rate
from workflows.models import FlowState, Run
from workflows.services import hinting
from workflows.services.flow import counting, releasing, rules, states
from workflows.services.flow.controls import ceiling, concurrency, throttle
from workflows.services.flow.rules import Rule

MAX_DUE = 500  # throttles of one sweep
MAX_SECONDS = 1.0  # for one throttle in a sweep: the next one goes on

Due = tuple[UUID, UUID, str]  # workspace, workflow, throttle


class Entry(Enum):
    """What became of a held run that was to start."""

    STARTED = auto()
    NO_ROOM = auto()  # it waits in its lane
    AT_CEILING = auto()  # it waits in its lane, which may have room, until fewer runs of its workflow go on
    NOT_YET = auto()  # it waits for its time
    GONE = auto()  # it does not wait, or somebody else has it


@transaction.atomic
def enter(waiting: Run, workspace: Workspace) -> Entry:
    """Let a held run of the workspace in scope start; `waiting` is its row as it was read, unlocked.

    Concurrency: the lane, the ceiling and the throttle are locked, in the order of all flow states, and then the run,
    unless somebody else holds it: they cancel it, or let it start.
    """
    rule, rate = rules.of_run(waiting, workspace)
    locked = _locked(waiting, rule, rate)
    run = _held(waiting.pk)
    if run is None or run.held_until != waiting.held_until:
        return Entry.GONE
    now = timezone.now()
    if rule is not None and (kept_out := _kept_out(run, rule, locked.get(ceiling.CONTROL))) is not None:
        return kept_out
    row = locked.get(throttle.CONTROL)
    if rate is not None and row is not None and not _takes_its_turn(run, rate, row, now=now):
        return Entry.NOT_YET
    return Entry.STARTED if releasing.release(run, now=now) else Entry.GONE


def _locked(run: Run, rule: Rule | None, rate: Rate | None) -> dict[str, FlowState]:
    wanted = [(concurrency.CONTROL, run.lane)] if rule is not None else []
    wanted += [(ceiling.CONTROL, ceiling.DIGEST)] if rule is not None and rule.ceiling is not None else []
    wanted += [(throttle.CONTROL, run.throttle)] if rate is not None else []
    return states.locked_again(run.workflow_id, wanted) if wanted else {}


def _held(pk: UUID) -> Run | None:
    rows = Run.objects.filter(pk=pk, held_at__isnull=False, finished_at=None, outcome=None)
    rows = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return rows.select_related("workflow", "event").first()


def _kept_out(run: Run, rule: Rule, row: FlowState | None) -> Entry | None:
    """None when it may go on in its lane; else it waits there, behind those who do already. `row` is of the ceiling."""
    count = counting.of([(run.workflow_id, run.lane)])[run.workflow_id, run.lane]
    is_new = run.held_until is not None
    if count.going >= rule.limit or (is_new and count.is_waited_for):
        kept_out, reason = Entry.NO_ROOM, rule.reason(count.going) if is_new else run.held_reason
    elif row is not None and (reason := ceiling.keeps_out(rule, row, is_new=is_new)):
        kept_out = Entry.AT_CEILING
        ceiling.write(row, is_waited_for=True)
    else:
        return None
    if is_new or run.held_reason != reason:
        run.held_until, run.held_reason = None, reason
        run.save(update_fields=["held_until", "held_reason"])
    if is_new:
        hinting.hint_lane(run.pk)  # others may have to end for it, or those before it have room
    return kept_out


def _takes_its_turn(run: Run, rate: Rate, row: FlowState, *, now: datetime) -> bool:
    """Whether it may start now, and is counted then; one that has no time yet is given one if it may not."""
    is_new = run.held_until is None
    others = Q(workflow_id=run.workflow_id, throttle=run.throttle) & ~Q(pk=run.pk)
    is_free = throttle.is_free(row.state, rate, now=now) and not (is_new and throttle.is_waited_for(others))
    if is_free:
        throttle.count(row.state, rate, now=now, is_planned=not is_new)
    elif is_new:
        run.held_until, run.held_reason = throttle.next_time(row, rate, now=now), throttle.reason(rate)
        run.save(update_fields=["held_until", "held_reason"])
        throttle.plan(row.state, rate, at=run.held_until)
    if is_free or is_new:
        row.expires_at = throttle.over_at(row.state, rate)
        row.save(update_fields=["state", "expires_at"])
    return is_free


def due() -> list[Due]:
    """The throttles of all workspaces under which the time of a held run has come."""
    rows = Run.objects.filter(held_until__lte=Now()).order_by()
    return list(rows.values_list("workspace_id", "workflow_id", "throttle").distinct()[:MAX_DUE])


def start_due(workspace_id: UUID, workflow_id: UUID, name: str) -> int:
    """Let the runs start whose time has come, in their order, as far as the throttle is free; returns how many did."""
    started, ends, passed = 0, time.monotonic() + MAX_SECONDS, set[UUID]()
    with tenancy.scope(workspace_id):
        workspace = Workspace.objects.get(pk=workspace_id)
        while time.monotonic() < ends and (run := _next_due(workflow_id, name, but=passed)) is not None:
            became = enter(run, workspace)
            started += became is Entry.STARTED
            if became is Entry.NOT_YET:
                break
            if became is Entry.GONE:
                passed.add(run.pk)
    return started


def _next_due(workflow_id: UUID, name: str, *, but: Collection[UUID]) -> Run | None:
    rows = Run.objects.filter(workflow_id=workflow_id, throttle=name, held_until__lte=Now(), finished_at=None)
    return rows.exclude(pk__in=but).order_by("held_until", "id").first()
