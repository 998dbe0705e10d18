"""Write down that somebody repaired a run: in its row, for who looks at the run, and in the audit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import InvalidError, Problem
from core.services import audit
from workflows.models import Run

Json = dict[str, Any]

MAX_REASON = 2000
MAX_ACTIONS = 100  # that are named; the audit has their number


def note(
    run: Run,
    what: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    before: Json,
    after: Json,
    actions: Sequence[UUID] = (),
) -> None:
    """Note what was done (`cancelled`, `retried`, `skipped`, `replayed`, `moved`), in the transaction of the change.

    The row of the run is locked by the caller, who need not save `repairs`. A reason is cut where it is too long.
    """
    entry: Json = {"what": what, "at": at.isoformat(), "by": by, "reason": reason[:MAX_REASON]}
    run.repairs = [*run.repairs, {**entry, "actions": [str(pk) for pk in actions[:MAX_ACTIONS]]}]
    run.save(update_fields=["repairs"])
    touched = {"actions": [str(pk) for pk in actions[:MAX_ACTIONS]], "number": len(actions)} if actions else {}
    audit.record(
        f"run.{what}",
        by=by,
        target="run",
        target_id=run.pk,
        reason=reason[:MAX_REASON],
        before=audit.shown(before),
        after={**audit.shown(after), **touched},
    )


def required(reason: str) -> str:
    """The reason, if there is one. Raises `InvalidError`."""
    if not reason.strip():
        message = "Say why: whoever looks at the run later has nothing else to go by."
        raise InvalidError(message, problems=[Problem("/reason", "required", message)])
    return reason
