"""Write down how a try of an action went, and what follows from it, in one transaction."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from workflows.engine import retry
from workflows.engine.states import ActionStatus, AttemptOutcome
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import runs
from workflows.services.claims import Claim

log = structlog.get_logger(__name__)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went. `error` (`{"code", "message"}`) is None when it went well; everything is redacted already."""

    finished_at: datetime
    input: Json | None = None
    output: Json = field(default_factory=dict)
    variables: Json = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    request: Json | None = None
    response: Json | None = None
    error: Json | None = None
    is_retryable: bool = False
    retry_after_seconds: float | None = None
    kind: AttemptOutcome = AttemptOutcome.COMPLETED


def record(claim: Claim, outcome: Outcome) -> bool:
    """Store the outcome of a claim; returns whether the next action of the run is queued now.

    Does nothing when the claim is no longer the current one: its lease ended and somebody else has the action.
    Concurrency: the row of the run is locked first, then its actions, here and everywhere.
    """
    row = claim.action_run
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=row.run_id)
        change = _change(claim, outcome)
        mine = ActionRun.objects.filter(pk=row.pk, status=ActionStatus.RUNNING, attempt=claim.attempt)
        if not mine.update(lease_until=None, **change):
            log.warning("outcome of a lost claim ignored", action_run_id=str(row.pk), attempt=claim.attempt)
            return False
        if outcome.kind is AttemptOutcome.LOST:
            log.warning("lease ended", action_run_id=str(row.pk), action=row.key, attempt=claim.attempt)
        _add_attempt(claim, outcome)
        _add_to_run(run, claim, outcome, status=change["status"])
        return runs.advance(run, now=outcome.finished_at)


def _change(claim: Claim, outcome: Outcome) -> Json:
    """The columns of the action after this outcome: completed, failed for good, or waiting for another try."""
    now = outcome.finished_at
    if outcome.error is None:
        return {"status": ActionStatus.COMPLETED, "output": outcome.output, "error": None, "finished_at": now}
    wait_seconds = retry.delay_seconds(
        claim.policy,
        attempt=claim.attempt,
        code=outcome.error["code"],
        is_retryable=outcome.is_retryable,
        retry_after_seconds=outcome.retry_after_seconds,
        random=random.random(),  # noqa: S311  spreads retries, guards nothing
    )
    if wait_seconds is None:
        return {"status": ActionStatus.FAILED, "error": outcome.error, "finished_at": now}
    return {
        "status": ActionStatus.WAITING,
        "error": outcome.error,
        "due_at": now + timedelta(seconds=wait_seconds),
    }


def _add_attempt(claim: Claim, outcome: Outcome) -> None:
    ActionAttempt.objects.create(
        workspace_id=claim.action_run.workspace_id,
        action_run=claim.action_run,
        number=claim.attempt,
        outcome=outcome.kind,
        input=outcome.input,
        request=outcome.request,
        response=outcome.response,
        error=outcome.error,
        started_at=claim.claimed_at,
        finished_at=outcome.finished_at,
    )


def _add_to_run(run: Run, claim: Claim, outcome: Outcome, *, status: ActionStatus) -> None:
    is_fatal = status is ActionStatus.FAILED and not claim.part.allow_failure
    if not (outcome.variables or outcome.usage or is_fatal):
        return
    run.variables = {**run.variables, **outcome.variables}
    run.usage = {**run.usage, **{name: run.usage.get(name, 0) + count for name, count in outcome.usage.items()}}
    if is_fatal and outcome.error:
        run.error = {**outcome.error, "action": claim.part.id}
    run.save(update_fields=["variables", "usage", "error"])
