"""What people decide: about approvals, and about actions of which nobody can tell whether they were done."""

from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.services import audit
from workflows.engine.states import FINISHED_RUN, ActionStatus
from workflows.models import ActionRun
from workflows.selectors import waiting
from workflows.services import arriving, hinting, stopping, versions
from workflows.services.advancing import Advance
from workflows.services.notifications import telling

log = structlog.get_logger(__name__)

Json = dict[str, Any]

KNOWN = (*waiting.APPROVALS, *waiting.ABOUT_UNKNOWN)


def decide(action_run: ActionRun, decision: str, *, comment: str, by: str) -> None:
    """Take a person's decision.

    An approval that was asked is "approved" or "rejected". For an action that needs a decision, "confirm" says that it
    was done, "resend" does it again under the same idempotency key, and "skip" leaves it out.
    Raises `InvalidError` for another word, and `ConflictError` when nothing is to be decided (any more).

    Concurrency: of several people, one decides; what they saw does not matter, what the row says at the moment does.
    """
    choices = waiting.choices(action_run)
    if decision not in (choices or KNOWN):
        raise _unknown(decision, choices or KNOWN)
    if not choices:
        raise _nothing(action_run)
    note = {"decision": decision, "comment": comment, "by": by}
    after = {"decision": decision, "action": action_run.key, "run": str(action_run.run_id)}
    with transaction.atomic():
        if choices == waiting.APPROVALS:
            _approve(action_run, note)
        else:
            _settle_unknown(action_run.pk, action_run.run_id, note)
        audit.record("action.decided", by=by, target="action", target_id=action_run.pk, reason=comment, after=after)
    log.info("decided", action_run_id=str(action_run.pk), decision=decision, by=by)


def _unknown(decision: str, choices: tuple[str, ...]) -> InvalidError:
    message = f"Expected one of {', '.join(choices)}; not {decision[:100]!r}."
    return InvalidError("This is no decision.", problems=[Problem("/decision", "invalid", message)])


def _nothing(row: ActionRun) -> ConflictError:
    """Why there is nothing to decide about the row as it is."""
    taken = (row.progress or {}).get("decision") or (row.output or {}).get("decided")
    if taken is None and row.type == "approval" and row.status == ActionStatus.COMPLETED:
        taken = row.output if row.output and row.output.get("by") else None
    if taken:
        return ConflictError(f"This was decided already: {taken['decision']}, by {taken['by']}.")
    if (row.progress or {}).get("holds"):
        return ConflictError("This is done for each item of a list: decide about its items, one by one.")
    return ConflictError(f"There is nothing to decide: the action is {row.status.replace('_', ' ')}.")


def _approve(action_run: ActionRun, note: Json) -> None:
    with transaction.atomic():
        if not arriving.arrive([action_run.pk], {"decision": note}):
            action_run.refresh_from_db()
            raise _nothing(action_run)


def _settle_unknown(pk: UUID, run_id: UUID, note: Json) -> None:
    with transaction.atomic():
        run = stopping.locked(run_id)
        row = ActionRun.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFoundError
        if row.status != ActionStatus.NEEDS_DECISION or run.status in FINISHED_RUN:
            raise _nothing(row)
        advance = Advance(run, timezone.now())
        if note["decision"] == "resend":
            advance.queue_again(row)
        else:
            _end(row, note, advance)
            published = versions.load(run.version_id)
            telling.ended(published, row, published.plan.actions[row.key])
        advance.settle(row.parent_id)
        hinting.hint_ids(advance.queued)


def _end(row: ActionRun, note: Json, advance: Advance) -> None:
    """As a person says. What went wrong in its tries is still told by them."""
    is_done = note["decision"] == "confirm"
    row.status = ActionStatus.COMPLETED if is_done else ActionStatus.SKIPPED
    row.output, row.error, row.finished_at = {"decided": note}, None, advance.now
    row.save(update_fields=["status", "output", "error", "finished_at"])
