"""Do a run again, as a new one: from the start, or from one of its actions on."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import ConflictError, InvalidError, Problem
from workflows.definitions.plan import Plan
from workflows.engine.states import FINISHED_RUN, WorkflowStatus
from workflows.models import Run
from workflows.services import hinting, runs, stopping, versions
from workflows.services.advancing import Advance
from workflows.services.repair import noting, taking_over
from workflows.services.repair.taking_over import TakingOver

Version = Literal["original", "current"]
VERSIONS: tuple[Version, ...] = ("original", "current")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The new run, and whether it had been started before, with the same idempotency key."""

    run: Run
    is_duplicate: bool


def rerun(
    run_id: UUID, *, by: str, reason: str = "", from_action: str | None = None, version: Version = "original"
) -> Run:
    """Start a new run for the event of one that has ended, by its own version or by the one that is active now.

    From an action on: what it does not lead to is taken over, as far as it has ended by itself, and not done again; the
    action, and all that needs it, is done, under new idempotency keys. An action in another one stands for that.
    The run's variables are taken over with it.

    Raises `ConflictError` for a run that has not ended, a workflow that is not active, and what `taking_over.of` says;
    `HeldBackError` (429) when flow control lets no run start now.
    """
    return replay(run_id, by=by, reason=reason, from_action=from_action, version=version).run


def replay(
    run_id: UUID,
    *,
    by: str,
    reason: str = "",
    from_action: str | None = None,
    version: Version = "original",
    idempotency_key: str = "",
) -> Replayed:
    """The same; with the same `idempotency_key` there is one replay of the run, and it is answered with that again.

    Raises `ConflictError` for a key that another replay of the run had.
    Concurrency: the row of the old run is locked, so of two at once the second finds the run of the first.
    """
    with transaction.atomic():
        old = stopping.locked(run_id)
        first = Run.objects.filter(replay_of=old, replay_key=idempotency_key).first() if idempotency_key else None
        if first is not None:
            return Replayed(_same(first, old, from_action), is_duplicate=True)
        found, version_id = plan(old, from_action=from_action, version=version)
        now = timezone.now()
        new = runs.start_replay(
            old,
            old.workflow,
            version_id=version_id,
            take_over=found.rows_for,
            replayed_from=found.from_action or "",
            replay_key=idempotency_key,
            variables=old.variables if found.from_action else {},
        )
        if new.held_at is None:
            advance = Advance(new, now)
            advance.settle(None)
            hinting.hint_ids(advance.queued)
        before = {"status": old.status, "version": versions.load(old.version_id).number}
        after = {"run": str(new.pk), "from_action": found.from_action, "version": versions.load(version_id).number}
        noting.note(old, "replayed", by=by, reason=reason, at=now, before=before, after=after)
    return Replayed(new, is_duplicate=False)


def plan(old: Run, *, from_action: str | None, version: Version) -> tuple[TakingOver, UUID]:
    """What the new run would take over, and by which version it would go. Raises what `rerun` does, but 429."""
    if version not in VERSIONS:
        message = f"Expected one of {', '.join(VERSIONS)}."
        raise InvalidError(message, problems=[Problem("/version", "invalid", message)])
    if old.status not in FINISHED_RUN:
        raise ConflictError(f"The run is {old.status.replace('_', ' ')}: cancel it, or wait until it has ended.")
    active = old.workflow.active_version_id
    if old.workflow.status != WorkflowStatus.ACTIVE or active is None:
        raise ConflictError(f"The workflow is {old.workflow.status}, so none of its runs starts. Resume it first.")
    version_id = old.version_id if version == "original" else active
    key = _top(versions.load(old.version_id).plan, from_action)
    return taking_over.of(old, versions.load(version_id).plan, from_action=key), version_id


def _top(original: Plan, from_action: str | None) -> str | None:
    return None if from_action is None else taking_over.top_level(original, from_action)


def _same(first: Run, old: Run, from_action: str | None) -> Run:
    if first.replayed_from != (_top(versions.load(old.version_id).plan, from_action) or ""):
        message = "The run was replayed from another action with this idempotency key; use another key."
        raise ConflictError(message, problems=[Problem("/idempotency_key", "conflict", message)])
    return first
