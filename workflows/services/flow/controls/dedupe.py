"""One start for each key in a window, however often the event comes under another id."""

from datetime import datetime, timedelta
from uuid import UUID

from triggers.ports import Admission, Verdict
from workflows.engine.states import RunStatus
from workflows.models import Run
from workflows.services.flow import wording
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Origin, Place, Start
from workflows.services.flow.states import State

AGAIN = frozenset({RunStatus.FAILED.value, RunStatus.CANCELLED.value})


class Dedupe(Control):
    """Events start nothing under a key that started in the last `window_seconds`, unless that run failed.

    The run is looked at when the key comes again, and not the key when the run ends: whoever ends a run would lock this
    state before those of the workflow that handles its failure, and meet somebody who locks them in the other order.
    A run that failed and was then retried holds its key again.

    **Shape** of its state: {"at": when it started, in ISO 8601, "event": the uid of the event that it started for}.
    """

    name = "dedupe"
    origins = frozenset({Origin.EVENT})

    def template(self, start: Start) -> str | None:
        return start.flow.dedupe.key if start.flow.dedupe else None

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        at, event = state.values.get("at"), state.values.get("event")
        if start.flow.dedupe is None or not at or not event:
            return None
        until = datetime.fromisoformat(at) + timedelta(seconds=start.flow.dedupe.window_seconds)
        if until <= start.now or self.has_failed(start.workflow_id, UUID(event)):
            return None
        reason = (
            f"dedupe: event {event} started it already{wording.for_key(state.key.text)}; "
            f"another may from {wording.instant(until, now=start.now)}"
        )
        return Admission(Verdict.SUPPRESSED, code="dedupe", reason=reason, until=until)

    def take(self, start: Start, state: State) -> None:
        if start.flow.dedupe is not None:
            state.values = {"at": start.now.isoformat(), "event": str(start.event.pk)}
            state.touch(expires_at=start.now + timedelta(seconds=start.flow.dedupe.window_seconds))

    def has_failed(self, workflow_id: UUID, event_id: UUID) -> bool:
        """Whether what the event started has ended, and not well. One that is not there (yet, or any more) has not."""
        statuses = set(Run.objects.filter(workflow=workflow_id, event=event_id).values_list("status", flat=True))
        return bool(statuses) and statuses <= AGAIN
