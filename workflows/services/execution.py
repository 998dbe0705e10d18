"""The life of one try: claim, perform, record. docs/execution.md says what a crash after each line means.

A worker that has recorded an action does the next one in the same breath, as far as the time budget goes and the action
allows it. With `RUN_FAST_FORWARD=false` every action comes with a message of its own.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DataError, transaction

from core import backlogs, tenancy
from core.backlogs import Standing
from workflows.definitions.plan import Planned
from workflows.services import claims, dispatching, hinting, holding, outcomes, performing, stopping
from workflows.services.claims import Claim
from workflows.services.holding import LostClaimError
from workflows.services.outcomes import Outcome, Recorded

log = structlog.get_logger(__name__)

GIVE_WAY_SECONDS = 0.02  # that often a worker that goes on with a run looks whether others wait


def execute(action_run_id: UUID, *, chain: Sequence[UUID] = (), is_careful: bool = False) -> list[UUID]:
    """Execute a queued action, and what follows it as far as that may be done in place.

    `chain` are the actions that the messages after this one are about; returns those of them that still need theirs.
    Does nothing when the action is not queued: safe to call any number of times.
    """
    rest = list(chain)
    claim = claims.claim(action_run_id, is_careful=is_careful)
    if claim is None:
        stopping.cancel_stranded(action_run_id)
        dispatching.refill_of(action_run_id)
        return []
    came, budget = claim, _Budget(claim.workspace_id)
    is_looked_at = claim.is_held
    if claim.standing is Standing.SHORT:
        dispatching.refill(claim.workspace_id)
    while True:
        recorded = _try(claim, budget)
        following, queued = recorded.claimed, list(recorded.queued)
        if following is None and queued and budget.is_left:
            following = _take_first(queued, budget)
        is_next = bool(rest) and rest[0] in ([following.id] if following else queued)
        if following is None:
            _publish(queued, workspace_id=claim.workspace_id, besides=rest[:1] if is_next else [])
            _refill(came, recorded)
            return rest if is_next else []
        if not (is_looked_at or claims.is_instant(following)):
            # A long action follows an instant one, with which nobody looked how many messages are left: not only after.
            is_looked_at = True
            if came.standing is not Standing.CLEAR:
                dispatching.refill(came.workspace_id)
        _publish(queued, workspace_id=claim.workspace_id)
        rest = rest[1:] if is_next else []
        claim = following


def _refill(came: Claim, recorded: Recorded) -> None:
    """An instant action counts as outstanding until it is recorded, so the last of them is seen only now."""
    was_seen = recorded.standing is not None
    if recorded.standing is Standing.SHORT or not (was_seen or recorded.queued or came.standing is Standing.CLEAR):
        dispatching.refill(came.workspace_id)


@dataclass
class _Budget:
    """How long actions may be done in place: until the time is over, or somebody of another workspace waits."""

    workspace_id: UUID
    began: float = field(default_factory=time.monotonic)
    looks: int = 0
    is_over: bool = False

    @property
    def is_left(self) -> bool:
        seconds = time.monotonic() - self.began
        if not settings.RUN_FAST_FORWARD or seconds >= settings.SEQUITUR_FAST_FORWARD_SECONDS or holding.is_stopping():
            return False
        if not self.is_over and backlogs.window() and seconds >= (self.looks + 1) * GIVE_WAY_SECONDS:
            self.looks = int(seconds / GIVE_WAY_SECONDS)
            self.is_over = dispatching.others_wait(self.workspace_id)
        return not self.is_over

    def allows(self, planned: Planned) -> bool:
        """Whether this action may be done in place now."""
        return self.is_left and planned.allows_fast_forward


def _try(claim: Claim, budget: _Budget) -> Recorded:
    names = {"run_id": str(claim.run_id), "action": claim.key, "attempt": claim.attempt}
    with tenancy.scope(claim.workspace_id), structlog.contextvars.bound_contextvars(**names):
        try:
            outcome = performing.perform(claim, on_overrun=partial(_overran, claim))
        except LostClaimError:
            log.warning("somebody else has the action", action_run_id=str(claim.id))
            return Recorded()
        error = (outcome.error or {}).get("code")
        log.info("action performed", type=claim.planned.part.type, outcome=outcome.kind.value, error=error)
        try:
            return outcomes.record(claim, outcome, may_take=budget.allows)
        except DataError:
            log.exception("result cannot be stored")
            return outcomes.record(claim, performing.unstorable(outcome))


def _overran(claim: Claim, outcome: Outcome) -> None:
    """Record a try whose code does not come back. Called by another thread, the last thing before the process ends."""
    with tenancy.scope(claim.workspace_id):
        recorded = outcomes.record(claim, outcome)
        _publish(recorded.queued, workspace_id=claim.workspace_id)


def _take_first(queued: list[UUID], budget: _Budget) -> Claim | None:
    """Claim the first of the queued actions, and take it out of them, if it may be done in place."""
    found = claims.claim(queued[0], may_take=budget.allows)
    if found is not None:
        del queued[0]
    return found


def _publish(queued: Sequence[UUID], *, workspace_id: UUID, besides: Sequence[UUID] = ()) -> None:
    ids = [each for each in queued if each not in besides]
    if ids:
        with tenancy.scope(workspace_id), transaction.atomic():
            hinting.hint_ids(ids)
