"""Leave one action out, with an output that a person gives in the place of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from actions.registry import action_types
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.redaction.shortening import size_bytes
from triggers.services import waits
from workflows.definitions.plan import Planned
from workflows.engine.graph import DONE
from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionRun, Run
from workflows.services import containers, dead_letters, ending, hinting, stopping, versions
from workflows.services.advancing import Advance
from workflows.services.containers import MAX_OUTPUT_BYTES
from workflows.services.notifications import telling
from workflows.services.repair import interrupting, noting, reopening, retrying
from workflows.services.repair.reopening import StillFailingError

Json = dict[str, Any]


def skip(action_run_id: UUID, *, by: str, reason: str, output: Json | None = None) -> Run:
    """Let an action be skipped, as if its default port had fired with this output: what needs it goes on.

    For one that has not begun or that waits, for whatever; and for one that failed in a run that has: that goes on as
    by a retry, unless something else failed in it too; then the action is left out, and the run stays as it is until
    the rest is tried again. A pending one keeps its place: what needs it waits for what it would have waited for.

    Raises `InvalidError` without a reason or for an output that cannot be kept, `ConflictError` for an action that runs
    or is over, and what `retrying.retry` raises for a run that cannot go on.
    Concurrency: the run is locked, and then the row. Whoever claims it at the same time is first, or finds it gone.
    """
    noting.required(reason)
    substitute = _checked(output)
    with transaction.atomic():
        run = stopping.locked(_run_of(action_run_id))
        waits.forget([action_run_id])  # before the row is locked: events arrive in that order
        row = ActionRun.objects.select_for_update(no_key=True).get(pk=action_run_id)
        before, now = {"action": row.key, "status": row.status, "error": row.error}, timezone.now()
        if run.status in FINISHED_RUN:
            _leave_out_of_ended(run, row, substitute, now=now)
            if run.status not in FINISHED_RUN:
                dead_letters.settle(run, by=by, reason=reason)
        else:
            _leave_out(run, row, substitute, now=now)
        after = {"action": row.key, "status": row.status, "output": substitute, "run": run.status}
        noting.note(run, "skipped", by=by, reason=reason, at=now, before=before, after=after, actions=[row.pk])
    return run


def refuse(run: Run, row: ActionRun) -> None:
    """Raises `ConflictError` for an action that cannot be left out as it is."""
    status = row.status.replace("_", " ")
    if row.status == ActionStatus.RUNNING:
        raise ConflictError("The action runs. Cancel the run at once first, or wait until it has ended.")
    if containers.is_container(row):
        raise ConflictError("The action holds others, which go on: skip those, one by one.")
    if run.status in FINISHED_RUN:
        if row.status != ActionStatus.FAILED or run.status != RunStatus.FAILED:
            raise ConflictError(f"The action is {status}, and the run {run.status}: it is over.")
    elif row.status in FINISHED_ACTION:
        raise ConflictError(f"The action is {status}: it is over.")
    elif run.outcome and not versions.load(run.version_id).plan.actions[row.key].is_undoing:
        raise ConflictError(f"The run is about to end as {run.outcome}.")


def port_of(planned: Planned, iteration: str) -> str:
    """The port that fires in the place of those of an action; of one whose ports must all be named, `default`."""
    if planned.is_loop(iteration):
        return DONE
    found = action_types.find(planned.part.type)
    if found is not None and not found.has_default_port and "default" in found.ports(planned.part.params):
        return "default"
    return planned.default_port


def _checked(output: Json | None) -> Json:
    if output is not None and not isinstance(output, dict):
        raise _invalid("The output is an object: what later actions read as actions.<key>.output.")
    if size_bytes(output or {}) > MAX_OUTPUT_BYTES:
        raise _invalid(f"The output may take at most {MAX_OUTPUT_BYTES:,} bytes as JSON.")
    return output or {}


def _invalid(message: str) -> InvalidError:
    return InvalidError(message, problems=[Problem("/output", "invalid", message)])


def _run_of(action_run_id: UUID) -> UUID:
    found = ActionRun.objects.filter(pk=action_run_id).values_list("run_id", flat=True).first()
    if found is None:
        raise NotFoundError(f"There is no action {action_run_id} in this workspace.")
    return found


def _leave_out(run: Run, row: ActionRun, output: Json, *, now: datetime) -> None:
    refuse(run, row)
    has_run = bool(row.progress)
    _write(run, row, output, now=now)
    if has_run:
        ending.cancel_children([row.pk], now=now)
    if run.held_at is None:
        advance = Advance(run, now)
        advance.settle(row.parent_id)
        hinting.hint_ids(advance.queued)


def _leave_out_of_ended(run: Run, row: ActionRun, output: Json, *, now: datetime) -> None:
    refuse(run, row)
    retrying.refuse_child(run)
    try:
        found = reopening.of_run(run, find=stopping.locked, left_out=row.pk)
    except StillFailingError:
        _write(run, row, output, now=now)
        return
    _write(run, row, output, now=now)
    reopening.reopen(found, now=now)


def _write(run: Run, row: ActionRun, output: Json, *, now: datetime) -> None:
    """What went wrong in its tries is still told by them."""
    published = versions.load(run.version_id)
    planned = published.plan.actions[row.key]
    columns = {
        **interrupting.NOTHING,
        "status": ActionStatus.SKIPPED,
        "port": port_of(planned, row.iteration),
        "output": output,
        "error": None,
        "finished_at": now,
    }
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
    telling.ended(published, row, planned)
