"""Write down how a try of an action went, and what follows from it, at once."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from actions import usage
from core import backlogs
from core.backlogs import Standing
from core.ids import new_id
from triggers.context import event_names
from triggers.engine.incoming import IncomingEvent
from triggers.ports import Verdict
from triggers.services import waits
from workflows.definitions.plan import WHOLE, Planned
from workflows.engine import retry
from workflows.engine.notices import NotifyOn
from workflows.engine.states import ActionStatus, AttemptOutcome, RunStatus
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import claims, emission, hinting, statements, stopping, turns
from workflows.services.advancing import Advance
from workflows.services.claims import Claim
from workflows.services.flow.starts import HeldBackError
from workflows.services.notifications import telling
from workflows.services.turns import Items, Skip
from workflows.types.base import Done, Step, Wait

log = structlog.get_logger(__name__)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went. `error` (`{"code", "message"}`) is None when it went well; everything is redacted already.

    `step` says what a control action decided; what others did is `Done`.
    """

    finished_at: datetime
    step: Step | Skip | Items = field(default_factory=Done)
    input: Json | None = None
    variables: Json = field(default_factory=dict)
    usage: dict[str, int | float] = field(default_factory=dict)
    events: tuple[IncomingEvent, ...] = ()
    request: Json | None = None
    response: Json | None = None
    error: Json | None = None
    is_retryable: bool = False
    is_unknown: bool = False  # whether it may have done its work all the same
    retry_after_seconds: float | None = None
    kind: AttemptOutcome = AttemptOutcome.COMPLETED


@dataclass(frozen=True, slots=True)
class Recorded:
    """What follows: the next action, claimed already, or those that are queued now and that nobody was told about.

    `standing`: how the workspace stands in the queue after it; None where that was not seen.
    """

    claimed: Claim | None = None
    queued: tuple[UUID, ...] = ()
    standing: Standing | None = None


def record(claim: Claim, outcome: Outcome, *, may_take: Callable[[Planned], bool] = lambda _: False) -> Recorded:
    """Store the outcome of a claim, and claim the only action that follows if it can be told at once and `may_take`.

    Does nothing when the claim is no longer the current one: its lease ended and somebody else has the action.
    """
    recorded = None
    if _is_plain(claim, outcome) and not _is_told_of(claim):
        plan = claim.published.plan
        follower = plan.only_follower(claim.key, claim.iteration)
        if follower is not None:
            is_after = plan.actions[follower].position > claim.planned.position  # both rows are locked
            if is_after and not plan.tells(follower, NotifyOn.READY, NotifyOn.STARTED):
                recorded = _complete(claim, outcome, follower, is_taken=may_take(plan.actions[follower]))
        elif _ends_run(claim):
            recorded = _finish(claim, outcome)
    return _record(claim, outcome) if recorded is None else recorded


def _is_plain(claim: Claim, outcome: Outcome) -> bool:
    step = outcome.step
    is_done = outcome.error is None and isinstance(step, Done) and step.port in {"", claim.planned.default_port}
    return is_done and not (outcome.variables or outcome.usage or outcome.events)


def _ends_run(claim: Claim) -> bool:
    """Whether the run completes with it, and nobody waits for that or is told of it."""
    plan = claim.published.plan
    is_last = plan.ends_with(claim.key, claim.iteration) and not claim.is_child
    return is_last and not plan.tells(WHOLE, NotifyOn.COMPLETED)


def _is_told_of(claim: Claim) -> bool:
    """Whether people are told that it completed, or that it started, which is recorded together for instant actions."""
    is_start = not claim.is_held and telling.is_told_of_start(claim.published, claim.key, begins=claim.begins)
    return is_start or claim.published.plan.tells(claim.key, NotifyOn.COMPLETED)


def _complete(claim: Claim, outcome: Outcome, follower: str, *, is_taken: bool) -> Recorded | None:
    """None, and nothing is written, when the claim is lost, or `follower` does not start: the run is about to end."""
    found = statements.one(
        statements.COMPLETE,
        **_values(claim, outcome),
        begins=claim.begins and not claim.is_held,  # a claim that is held has begun the run itself
        iteration=claim.iteration,
        next_key=follower,
        taken=int(is_taken),
        start_within_seconds=claim.published.plan.actions[follower].part.start_within_seconds,
        lease_seconds=settings.SEQUITUR_LEASE_SECONDS,
    )
    if found is None:
        return None
    next_id, now = found
    if is_taken:
        return Recorded(claims.following(claim, action_run_id=next_id, key=follower, claimed_at=now))
    return Recorded(queued=(next_id,))


def _finish(claim: Claim, outcome: Outcome) -> Recorded | None:
    """None, and nothing is written, when the claim is lost, or the end of the run is decided."""
    values = _values(claim, outcome)
    found = statements.one(statements.FINISH, **values, weight=claim.weight, window=backlogs.window())
    if found is None:
        return None
    lane, standing = found
    if lane:
        hinting.hint_lane(claim.run_id)
    return Recorded(standing=Standing(standing))


def _values(claim: Claim, outcome: Outcome) -> Json:
    output = outcome.step.output if isinstance(outcome.step, Done) else {}
    return {
        "id": claim.id,
        "run_id": claim.run_id,
        "version_id": claim.version_id,
        "workspace_id": claim.workspace_id,
        "attempt": claim.attempt,
        "attempt_id": new_id(),
        "held_status": _held_status(claim),
        "held_attempt": _held_attempt(claim),
        "output": statements.write_json(output),
        "input": statements.write_json(outcome.input),
        "request": statements.write_json(outcome.request),
        "response": statements.write_json(outcome.response),
        "claimed_at": claim.claimed_at,
        "finished_at": outcome.finished_at,
    }


def _held_status(claim: Claim) -> str:
    return (ActionStatus.RUNNING if claim.is_held else ActionStatus.QUEUED).value


def _held_attempt(claim: Claim) -> int:
    return claim.attempt if claim.is_held else claim.attempt - 1


def _record(claim: Claim, outcome: Outcome) -> Recorded:
    """Concurrency: the row of the run is locked first, then its waits, then its actions, here and everywhere."""
    with transaction.atomic():
        run = stopping.locked(claim.run_id)
        outcome = _with_arrived(claim, outcome)
        row = _mine(claim, outcome)
        if row is None:
            log.warning("outcome of a lost claim ignored", action_run_id=str(claim.id), attempt=claim.attempt)
            return Recorded()
        _begin(run, claim)
        if not claim.is_held and not _never_started(outcome):
            happening = replace(telling.of_row(row, claim.planned), status=ActionStatus.RUNNING, attempt=claim.attempt)
            telling.started(claim.published, happening, begins=claim.begins)
        advance = Advance(run, outcome.finished_at, free=1)
        if outcome.error is not None:
            _add_to_run(run, outcome)  # a try that failed has used up what it has
            _fail(row, claim, outcome, advance)
        else:
            if isinstance(outcome.step, Done):
                _add_attempt(claim, outcome)
                _add_to_run(run, outcome)
                emission.send(claim, outcome.events)
            goes_on = not isinstance(outcome.step, Done | Skip)
            try:
                turns.write(
                    row, claim, turns.Cut() if goes_on and _is_ending(advance, claim) else outcome.step, advance
                )
            except HeldBackError as error:
                outcome = _refused(outcome, error)
                _fail(row, claim, outcome, advance)
        is_retried = outcome.kind in {AttemptOutcome.FAILED, AttemptOutcome.LOST}  # one handed back did not fail
        telling.ended(claim.published, row, claim.planned, is_retried=is_retried and outcome.error is not None)
    return Recorded(queued=tuple(advance.queued))


def _refused(outcome: Outcome, error: HeldBackError) -> Outcome:
    """Of an action whose run may not start now: its policy says whether it is tried again. One whose key cannot be
    read would fail again."""
    until = error.admission.until
    return replace(
        outcome,
        kind=AttemptOutcome.FAILED,
        error={"code": error.code, "message": error.detail},
        is_retryable=error.admission.verdict is not Verdict.FAILED,
        retry_after_seconds=max(0.0, (until - outcome.finished_at).total_seconds()) if until else None,
    )


def _never_started(outcome: Outcome) -> bool:
    return outcome.error is not None and outcome.error.get("code") == "not_started_in_time"


def _mine(claim: Claim, outcome: Outcome) -> ActionRun | None:
    """The row, locked, if the try is still the current one.

    A turn that ends in waiting leaves the number of the attempt as it was. So what was performed without a claim is
    also fenced by what the turn began with: another worker may have taken it, and something have arrived since. And
    what is said to be lost, by its lease: it may have been claimed anew under this number since it was found.
    """
    found = ActionRun.objects.filter(pk=claim.id, status=_held_status(claim), attempt=_held_attempt(claim))
    if outcome.kind is AttemptOutcome.LOST:
        found = found.filter(lease_until__lt=Now())
    row = found.select_for_update().first()
    return row if row is None or claim.is_held or row.progress == claim.progress else None


def _with_arrived(claim: Claim, outcome: Outcome) -> Outcome:
    """With the event that arrived while the turn was taken, if it is to be waited for."""
    if not turns.is_listening(claim.progress):
        return outcome
    event = waits.arrived(claim.id)
    if event is None or not isinstance(outcome.step, Wait):
        return outcome
    progress = {**outcome.step.progress, "event": event_names(event)}
    return replace(outcome, step=replace(outcome.step, progress=progress))


def _is_ending(advance: Advance, claim: Claim) -> bool:
    """Whether the end of the run was decided while a turn was taken; what undoes goes on all the same."""
    return advance.run.outcome is not None and not claim.planned.is_undoing


def _begin(run: Run, claim: Claim) -> None:
    if run.status != RunStatus.RUNNING:
        run.status, run.started_at = RunStatus.RUNNING, run.started_at or claim.claimed_at
        run.save(update_fields=["status", "started_at"])


def _fail(row: ActionRun, claim: Claim, outcome: Outcome, advance: Advance) -> None:
    """It failed for good, or another try follows, at once or later, or a person has to say what happened."""
    if outcome.kind is not AttemptOutcome.FAILED:
        log.warning("try ended", reason=outcome.kind.value, action_run_id=str(claim.id), attempt=claim.attempt)
    _add_attempt(claim, outcome)
    is_ending = _is_ending(advance, claim)
    wait_seconds = None if is_ending or outcome.is_unknown else _wait_seconds(row, claim, outcome)
    if outcome.is_unknown and not is_ending and not claim.planned.part.allow_failure:
        turns.ask(row, claim, outcome.error or {}, advance)
    elif wait_seconds is None:
        turns.fail(row, claim, outcome.error or {}, advance)
    else:
        turns.try_again(row, claim, outcome.error or {}, advance, wait_seconds=wait_seconds)


def _wait_seconds(row: ActionRun, claim: Claim, outcome: Outcome) -> float | None:
    """Until the next try; None when there is none. What a worker left behind has waited long enough.

    The policy counts the tries since a person had it tried again.
    """
    if outcome.kind is AttemptOutcome.INTERRUPTED:
        return 0
    wait_seconds = retry.delay_seconds(
        claim.planned.policy,
        attempt=claim.attempt - row.attempts_before,
        code=(outcome.error or {}).get("code", ""),
        is_retryable=outcome.is_retryable,
        retry_after_seconds=outcome.retry_after_seconds,
        random=random.random(),  # noqa: S311  spreads retries, guards nothing
    )
    return 0 if wait_seconds is not None and outcome.kind is AttemptOutcome.LOST else wait_seconds


def _add_attempt(claim: Claim, outcome: Outcome) -> None:
    ActionAttempt.objects.create(
        workspace_id=claim.workspace_id,
        action_run_id=claim.id,
        number=claim.attempt,
        outcome=outcome.kind,
        input=outcome.input,
        request=outcome.request,
        response=outcome.response,
        error=outcome.error,
        usage=outcome.usage,
        started_at=claim.claimed_at,
        finished_at=outcome.finished_at,
    )


def _add_to_run(run: Run, outcome: Outcome) -> None:
    if not (outcome.variables or outcome.usage):
        return
    run.variables = {**run.variables, **outcome.variables}
    run.usage = usage.added([run.usage, outcome.usage])
    run.save(update_fields=["variables", "usage"])
