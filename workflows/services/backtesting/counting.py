"""What triggers that count have counted in a backtest, and the clocks of those for which time passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any
from uuid import UUID

from core.expressions.templates import TemplateError
from core.models import Workspace
from triggers.engine import alarms
from triggers.engine.detectors.base import Overdue
from triggers.engine.matcher import Listener
from triggers.models import Event, TriggerState
from triggers.ports import Admission, Verdict
from triggers.services import detecting, noticing
from triggers.services.detecting import Key

Json = dict[str, Any]


@dataclass(slots=True)
class _Counted:
    """What was counted under a key, and when its first clock runs out."""

    listener: Listener
    label: str
    state: Json
    due: int | None = None


class Counting:
    """Counts in memory, by the times at which events came. Events are shown in that order."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._counted: dict[Key, _Counted] = {}
        self._due: list[tuple[int, Key]] = []  # a heap; what is not due then any more is passed over

    def count(self, asked: detecting.Asked) -> Admission | None:
        """Why a trigger does not fire for an event that it is met by; None when it does."""
        detector = asked.listener.detector
        if detector is None:
            return None
        try:
            key, label = detecting.key_of(asked)
        except TemplateError as error:
            return Admission(Verdict.FAILED, code="key", reason=f"the key of what it counts: {error.detail}")
        row = self._counted.setdefault(key, _Counted(asked.listener, label, {}))
        try:
            step = detecting.stepped(detector, row.state, asked)
        except Exception as error:  # noqa: BLE001  an operator of a plugin
            return Admission(Verdict.FAILED, code=detector.kind, reason=f"{type(error).__name__}: {error}"[:500])
        row.state = step.state
        self._wait(key, row, step.due)
        return detecting.held(detector, step)

    def ran_out(self, until: datetime) -> Iterator[tuple[Listener, Event]]:
        """The alarms of the clocks that had run out by then, in that order. Those that really came have their UUIDs."""
        at = detecting.microseconds(until)
        while self._due and self._due[0][0] <= at:
            due, key = heappop(self._due)
            row = self._counted[key]
            detector = alarms.timed(row.listener.detector)
            if row.due != due or detector is None or (overdue := detector.overdue(row.state, at=at)) is None:
                continue
            row.state, row.due = overdue.state, None
            self._wait(key, row, overdue.next_due)
            yield row.listener, self._alarm(key, row, overdue)

    def _wait(self, key: Key, row: _Counted, due: int | None) -> None:
        if due is not None and due != row.due:
            heappush(self._due, (due, key))
        row.due = due

    def _alarm(self, key: Key, row: _Counted, overdue: Overdue) -> Event:
        detector = alarms.timed(row.listener.detector)
        if detector is None:
            raise ValueError("only clocks run out")
        state = TriggerState(workspace_id=self._workspace.pk, trigger_id=key[0], key=key[1], label=row.label)
        began = {str(each.pk): each for each in Event.objects.filter(pk=UUID(overdue.uid))}
        event = noticing.event_of(state, detector, overdue, began, now=detecting.instant(overdue.due))
        event.workspace = self._workspace
        own = Event.objects.filter(source=event.source, event_id=event.event_id, is_public=False)
        event.pk = own.values_list("pk", flat=True).first() or event.pk
        return event
