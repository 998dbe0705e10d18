"""Workflows that start each other by the events they send, for ever, or in numbers that nobody meant."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from triggers.ports import Admission, Verdict
from workflows.models import Run
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Origin, Place, Start
from workflows.services.flow.states import State

KEPT = timedelta(hours=1)  # then it is counted anew, from the rows of the runs


class Loops(Control):
    """Stops what follows from one event, the root: after so many runs one after the other, and after so many runs of
    one workflow altogether, those that the root itself started included.

    Only runs that events started count; runs that call each other have a depth of their own.
    """

    name = "loop"
    origins = frozenset({Origin.EVENT})

    def template(self, start: Start) -> str | None:
        return str(_root(start)) if start.event.depth else None

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        depth, number = start.event.depth, _number(start, state)
        deepest, most = settings.SEQUITUR_MAX_EVENT_DEPTH, settings.SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN
        where = f"workflow {start.published.workflow_slug[:100]}, begun by event {_root(start)}"
        if depth > deepest:
            reason = f"loop: {depth} runs led to this event, one after the other; at most {deepest} may ({where})"
        elif number >= most:
            reason = f"loop: one event led to {number} runs of this workflow; at most {most} may ({where})"
        else:
            return None
        return Admission(Verdict.SUPPRESSED, code="loop", reason=reason)

    def take(self, start: Start, state: State) -> None:
        state.values["runs"] = _number(start, state) + 1
        state.touch(expires_at=start.now + KEPT)


def _root(start: Start) -> UUID:
    """The event that all began with. One of an older release does not know it: its own id, so that it still counts."""
    return start.event.root or start.event.pk


def _number(start: Start, state: State) -> int:
    """How many runs of the workflow the root has led to: what was counted, or, where that is forgotten, what there is.

    Concurrency: whoever starts another one waits for the lock of the state, so those that are there are all.
    """
    if "runs" not in state.values:
        root = _root(start)
        own = Run.objects.filter(Q(root=root) | Q(event=root), workflow_id=start.workflow_id, firing__isnull=False)
        state.values["runs"] = own.count()
    return int(state.values["runs"])
