"""Let runs that were held back start."""

from datetime import datetime

from workflows.engine.states import FINISHED_RUN
from workflows.models import Run
from workflows.services import hinting, runs
from workflows.services.advancing import Advance


def release(run: Run, *, now: datetime) -> bool:
    """Let a held run start, its row locked; whether it was held. To be called in its scope, inside a transaction.

    Safe to repeat: one that was released, or has ended, or is about to, stays as it is.
    """
    if run.held_at is None or run.outcome or run.status in FINISHED_RUN:
        return False
    run.held_at, run.held_until, run.held_reason = None, None, ""
    run.deadline_at = runs.deadline(run.version_id, now=now)
    run.save(update_fields=["held_at", "held_until", "held_reason", "deadline_at"])
    advance = Advance(run, now)
    advance.resume()
    hinting.hint_ids(advance.queued)
    return True
