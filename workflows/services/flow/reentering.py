"""Runs that ended and go on again: where they stand among those that are counted with them."""

from datetime import datetime

from workflows.models import Run
from workflows.services import hinting, runs

REASON = "tried again: waits for room in its lane"


def reenter(run: Run, *, now: datetime) -> bool:
    """Whether a run that is taken up again may go on at once; else it is held, as one that has just been made.

    One in a lane is always held, and its lane is opened on commit (`lanes`), where it is seen whether there is room.
    Its row is locked by the caller, who saves it.
    """
    is_held = bool(run.lane)
    if is_held:
        hinting.hint_lane(run.pk)
    run.held_at, run.held_until, run.held_reason = (now, None, REASON) if is_held else (None, None, "")
    run.deadline_at = None if is_held else runs.deadline(run.version_id, now=now)
    return not is_held
