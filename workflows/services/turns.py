"""What the end of a try or a turn changes in the action's row, and what follows from that.

Called inside the transaction that holds the run and the row (`outcomes.record`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from triggers.services import waits
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun
from workflows.services import ending, runs
from workflows.services.advancing import Advance
from workflows.services.claims import Claim
from workflows.types.base import Done, EndRun, Expand, StartRun, Step, Wait

Json = dict[str, Any]

# What only a queued, running or waiting row has.
_NOBODYS = dict.fromkeys(("lease_until", "due_at", "hinted_at", "queue_priority", "start_by"))

LISTENS = "listens"  # in `progress`: the wait is registered, and events from before that were looked for


@dataclass(frozen=True, slots=True)
class Skip:
    """Its own `if` does not hold; `explanation` says why."""

    explanation: Json


@dataclass(frozen=True, slots=True)
class Items:
    """It is done once for each of these."""

    values: list[Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of its run was decided meanwhile, so it does not go on."""


def is_listening(progress: Json | None) -> bool:
    """Whether the action waits for an event."""
    return bool(progress and LISTENS in progress)


def write(row: ActionRun, claim: Claim, step: Step | Skip | Items | Cut, advance: Advance) -> None:
    """Store how a turn ended, and start what it starts.

    Raises `HeldBackError`, with nothing written, when the run that it is to start may not start now.
    """
    match step:
        case Done():
            end(row, claim, step, advance)
        case Skip():
            _end(row, advance, ActionStatus.SKIPPED, output={"skipped": step.explanation}, attempt=claim.attempt - 1)
            advance.settle(row.parent_id)
        case Wait():
            _wait(row, claim, step, advance)
        case Expand() | Items():
            _hold(row, claim, step, advance)
        case StartRun():
            _start_run(row, claim, step, advance)
        case EndRun():
            _end(row, advance, ActionStatus.COMPLETED, output=step.output, **_tried(row, claim))
            ending.decide(advance, step.status, error=step.error, output=step.output)
        case Cut():
            _end(row, advance, ActionStatus.CANCELLED, attempt=claim.attempt - 1)
            advance.settle(row.parent_id)


def end(row: ActionRun, claim: Claim, step: Done, advance: Advance) -> None:
    """It completed."""
    port = "" if step.port == claim.planned.default_port else step.port
    _end(row, advance, ActionStatus.COMPLETED, output=step.output, error=None, port=port, **_tried(row, claim))
    advance.settle(row.parent_id)


def fail(row: ActionRun, claim: Claim, error: Json, advance: Advance) -> None:
    """It failed for good."""
    _end(row, advance, ActionStatus.FAILED, error=error, **_tried(row, claim))
    advance.settle(row.parent_id)


def ask(row: ActionRun, claim: Claim, error: Json, advance: Advance) -> None:
    """A person has to say whether it was done."""
    _change(row, status=ActionStatus.NEEDS_DECISION, error=error, **_tried(row, claim))
    advance.settle(row.parent_id)


def try_again(row: ActionRun, claim: Claim, error: Json, advance: Advance, *, wait_seconds: float) -> None:
    """Another try follows, at once or when its time has come."""
    if wait_seconds:
        due_at = advance.now + timedelta(seconds=wait_seconds)
        _change(row, status=ActionStatus.WAITING, error=error, due_at=due_at, **_tried(row, claim))
    else:
        _queue(row, advance, error=error, **_tried(row, claim))
    advance.settle(row.parent_id)


def _wait(row: ActionRun, claim: Claim, step: Wait, advance: Advance) -> None:
    """Until its time, or until something arrives.

    Who begins to listen takes another turn at once, after this is committed: to look for events that were matched
    before anybody could see that it listens. So does one for whom an event arrived in the meantime.
    """
    progress, is_to_go_on = dict(step.progress), "event" in step.progress
    if step.listen is not None:
        if not is_listening(row.progress):
            listen = step.listen
            waits.listen(waiter=row.pk, event_type=listen.event_type, condition=listen.condition, since=listen.since)
            is_to_go_on = True
        progress[LISTENS] = True
    if is_to_go_on:
        _queue(row, advance, progress=progress, **_let_go(row, claim))
    else:
        _change(row, status=ActionStatus.WAITING, due_at=step.until, progress=progress, **_let_go(row, claim))
    advance.settle(row.parent_id)


def _hold(row: ActionRun, claim: Claim, step: Expand | Items, advance: Advance) -> None:
    new = advance.new_rows(row, step.values if isinstance(step, Items) else None)
    body = claim.planned.body
    more = len(new) * (1 + len(body.nodes) if isinstance(step, Items) and body else 1)
    if ActionRun.objects.filter(run=row.run_id).count() + more > settings.SEQUITUR_MAX_ACTION_RUNS:
        return fail(row, claim, too_many_actions(), advance)
    advance.hold(row, new, **_NOBODYS, **_let_go(row, claim))
    return advance.settle(row.parent_id)


def too_many_actions() -> Json:
    """The error of a container that would hold more than a run may have."""
    message = (
        f"The run would have more than {settings.SEQUITUR_MAX_ACTION_RUNS:,} actions, the items of its loops counted. "
        "Use smaller lists, or start a run of another workflow for each item."
    )
    return {"code": "too_many_actions", "message": message}


def unknown_workflow(name: str) -> Json:
    """The error of an action that starts a workflow which is not there."""
    message = f"There is no active workflow {name!r}. Publish it, or correct the name."
    return {"code": "unknown_workflow", "message": message}


def _start_run(row: ActionRun, claim: Claim, step: StartRun, advance: Advance) -> None:
    workflow = runs.find_active(step.workflow)
    if workflow is None:
        return fail(row, claim, unknown_workflow(step.workflow), advance)
    if claim.depth >= settings.SEQUITUR_MAX_RUN_DEPTH:
        message = (
            f"The run is {claim.depth} runs deep already; at most {settings.SEQUITUR_MAX_RUN_DEPTH} start each other. "
            "Look for workflows that call each other in a circle."
        )
        return fail(row, claim, {"code": "too_deep", "message": message}, advance)
    with transaction.atomic():  # so that one that may not start leaves nothing
        run = runs.start_child(row, workflow, step.data, depth=claim.depth, is_awaited=step.is_awaited)
    if not step.is_awaited:
        return end(row, claim, Done({"run": str(run.pk), "status": run.status, "output": None}), advance)
    _change(row, status=ActionStatus.WAITING, progress={"started": str(run.pk)}, **_let_go(row, claim))
    return advance.settle(row.parent_id)


def _queue(row: ActionRun, advance: Advance, **columns: Any) -> None:
    _change(row, status=ActionStatus.QUEUED, hinted_at=advance.now, **columns)
    advance.queued.append(row.pk)


def _end(row: ActionRun, advance: Advance, status: ActionStatus, **columns: Any) -> None:
    if is_listening(row.progress):
        waits.forget([row.pk])
    _change(row, status=status, finished_at=advance.now, progress=None, **columns)


def _let_go(row: ActionRun, claim: Claim) -> Json:
    """The columns of a turn that ends in waiting, which gives its number back: nothing was tried, and nobody holds it
    under that number."""
    return {"started_at": row.started_at or claim.claimed_at, "attempt": claim.attempt - 1}


def _tried(row: ActionRun, claim: Claim) -> Json:
    return {
        "attempt": claim.attempt,
        "claimed_at": claim.claimed_at,
        "started_at": row.started_at or claim.claimed_at,
    }


def _change(row: ActionRun, **columns: Any) -> None:
    """Save these columns; those that only a queued, running or waiting row has are emptied unless they are given."""
    columns = {**_NOBODYS, **columns}
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
