"""What the controls share that gather events: rows that wait, read and stored once for all that the gate is asked."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from core import publish, tenancy
from triggers.ports import Admission, Verdict
from workflows.engine.flow import gathering as rules
from workflows.models import Gathering
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Origin, Start
from workflows.services.flow.states import State

CLOSE_TASK = "workflows.close_gathering"
QUEUE = "runs"
KEPT_AFTER = timedelta(days=1)  # for how long the row that is locked for a key stays after the last gathering

_CHANGING = ["version", "trigger", "last_event", "count", "max_events", "size_bytes", "due_at", "is_open"]


@dataclass(slots=True)
class Kept:
    """The gatherings of one key that a transaction changes: `open` is the one that takes what comes next."""

    open: Gathering | None = None
    new: list[Gathering] = field(default_factory=list)
    changed: list[Gathering] = field(default_factory=list)


class Gatherer(Control):
    """Holds an event back until others have come, or none any more; then they start one run together.

    Concurrency: the state of the key is locked while its gatherings are read, changed and closed, so that an event is
    in exactly one, and no event is added to one that is being closed. Nothing else locks these rows.
    """

    origins = frozenset({Origin.EVENT})
    gathers: ClassVar[bool] = True

    def begin(self, states: Collection[State]) -> None:
        kept = {(state.key.workflow_id, state.key.digest): Kept() for state in states}
        rows = Gathering.objects.filter(
            is_open=True,
            control=self.name,
            workflow__in={workflow_id for workflow_id, _ in kept},
            key__in={digest for _, digest in kept},
        )
        for row in rows:
            if (row.workflow_id, row.key) in kept:
                kept[row.workflow_id, row.key].open = row
        for state in states:
            state.memory["kept"] = kept[state.key.workflow_id, state.key.digest]

    def end(self, states: Collection[State]) -> None:
        """Store them: first what takes no more, since a key has one that does."""
        every: list[Kept] = [state.memory["kept"] for state in states]
        Gathering.objects.bulk_update([row for each in every for row in each.changed], _CHANGING)
        Gathering.objects.bulk_create(row for each in every for row in each.new)
        for each in every:
            for row in (*each.changed, *each.new):
                if not row.is_open:
                    publish.task(CLOSE_TASK, row.pk, queue=QUEUE)

    def taking(self, start: Start, state: State) -> Gathering:
        """The gathering that the start goes into: the open one, or a new one when that is over or there is none."""
        kept: Kept = state.memory["kept"]
        if kept.open is not None and rules.is_over(kept.open.due_at, now=start.now):
            self.shut(state)
        if kept.open is None:
            kept.open = self._opened(start, state)
            kept.new.append(kept.open)
        elif kept.open not in (*kept.new, *kept.changed):
            kept.changed.append(kept.open)
        return kept.open

    def shut(self, state: State, *, due_at: datetime | None = None) -> None:
        """Let the open one take no more; it is closed then, or when it is due, by whoever comes after the commit."""
        row = state.memory["kept"].open
        row.is_open, row.due_at = False, due_at or row.due_at
        if row not in (*state.memory["kept"].new, *state.memory["kept"].changed):
            state.memory["kept"].changed.append(row)
        state.memory["kept"].open = None

    def add(self, row: Gathering, start: Start, state: State) -> None:
        """Count the start in, as the last one so far."""
        row.count += 1
        if start.trigger_id is None:
            raise ValueError("events gather for a trigger")
        row.version_id, row.trigger_id, row.last_event = start.version_id, start.trigger_id, start.event.pk
        until = max(filter(None, (row.due_at, row.latest_at)))
        if state.expires_at is None or state.expires_at < until:
            state.touch(expires_at=until + KEPT_AFTER)

    def _opened(self, start: Start, state: State) -> Gathering:
        if start.trigger_id is None:
            raise ValueError("events gather for a trigger")
        return Gathering(
            workspace_id=tenancy.current_workspace_id(),
            workflow_id=start.workflow_id,
            version_id=start.version_id,
            trigger_id=start.trigger_id,
            control=self.name,
            key=state.key.digest,
            label=state.key.text,
            last_event=start.event.pk,
            opened_at=start.now,
        )


def pending(row: Gathering, *, reason: str) -> Admission:
    """What is said to an event that waits in it."""
    return Admission(Verdict.PENDING, code=row.control, reason=reason, until=row.due_at, gathering=row.pk)


def said(row: Gathering) -> str:
    """What it waits for, in words: `batch of 3 of 10 until ...`."""
    when = "" if row.due_at is None else f" until {row.due_at.isoformat(timespec='milliseconds')}"
    return f"{row.control} of {row.count} of {row.max_events}{when}" if row.max_events else f"{row.control}{when}"
