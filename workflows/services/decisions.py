"""What people decide: about approvals, and about actions of which nobody can tell whether they were done."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import ConflictError, InvalidError, NotFoundError
from workflows.engine.states import FINISHED_RUN, ActionStatus
from workflows.models import ActionRun
from workflows.services import arriving, hinting, stopping
from workflows.services.advancing import Advance

Json = dict[str, Any]

APPROVALS = ("approved", "rejected")
ABOUT_UNKNOWN = ("confirm", "resend", "skip")


def decide(action_run: ActionRun, decision: str, *, comment: str, by: str) -> None:
    """Take a person's decision.

    An approval that waits is "approved" or "rejected". For an action that needs a decision, "confirm" says that it was
    done, "resend" does it again under the same idempotency key, and "skip" goes on without it.
    Raises `InvalidError` for another word, and `ConflictError` when nothing is to be decided (any more).
    """
    if action_run.type == "approval" and action_run.status != ActionStatus.NEEDS_DECISION:
        _refuse_other(decision, APPROVALS)
        _approve(action_run, {"decision": decision, "comment": comment, "by": by})
    else:
        _refuse_other(decision, ABOUT_UNKNOWN)
        _settle_unknown(
            action_run.pk, action_run.run_id, decision, note={"decision": decision, "comment": comment, "by": by}
        )


def _refuse_other(decision: str, known: tuple[str, ...]) -> None:
    if decision not in known:
        raise InvalidError(f"The decision is one of {', '.join(known)}; not {decision!r}.")


def _approve(action_run: ActionRun, decision: Json) -> None:
    with transaction.atomic():
        if not arriving.arrive([action_run.pk], {"decision": decision}):
            raise ConflictError(f"The approval is {action_run.status}: there is nothing to decide.")


def _settle_unknown(pk: UUID, run_id: UUID, decision: str, *, note: Json) -> None:
    with transaction.atomic():
        run = stopping.locked(run_id)
        row = ActionRun.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFoundError
        if row.status != ActionStatus.NEEDS_DECISION or run.status in FINISHED_RUN:
            raise ConflictError(f"The action is {row.status}: there is nothing to decide.")
        advance = Advance(run, timezone.now())
        if decision == "resend":
            advance.queue_again(row)
        else:
            status = ActionStatus.COMPLETED if decision == "confirm" else ActionStatus.SKIPPED
            row.status, row.output, row.finished_at = status, {"decided": note}, advance.now
            row.save(update_fields=["status", "output", "finished_at"])
        advance.settle(row.parent_id)
        hinting.hint_ids(advance.queued)
