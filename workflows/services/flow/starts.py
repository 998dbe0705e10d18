"""A run that somebody wants to start, and what is said to that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.errors import SequiturError
from core.expressions.scope import Scope
from triggers.models import Event
from triggers.ports import Admission, Verdict
from workflows.definitions.flow import Flow
from workflows.services.versions import Published

Lane = tuple[UUID, str]  # of a workflow, by its digest


class Origin(StrEnum):
    """Who wants it: an event, a person or a program by hand, an action of another run, a run that failed."""

    EVENT = "event"
    HAND = "hand"
    ACTION = "action"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Start:
    """A run that is to start. `flow` are the settings that hold for it; `scope` are the names that its keys may read;
    `limits` is what is written in those of its workspace.

    `trigger_id` and `trigger_key` are of the trigger that would fire, if one does. `is_gathered`: it has waited with
    others, and now is the time for it. `awaited_by` are the lanes of the runs that wait for it to end.
    """

    workflow_id: UUID
    version_id: UUID
    published: Published
    flow: Flow
    event: Event
    scope: Callable[[], Scope]
    limits: Mapping[str, Any]
    origin: Origin
    now: datetime
    trigger_id: UUID | None = None
    trigger_key: str = ""
    awaited_by: frozenset[Lane] = frozenset()
    is_gathered: bool = False


@dataclass(slots=True)
class Place:
    """Where a run that was let in stands: in which lane, and whether it waits there. The gate's ticket for a firing.

    `until` is the instant before which it may not start; None: until there is room in its lane. `throttle` names the
    runs whose starts are spread. `is_superseding`: those before it in its lane are to be cancelled for it. `is_probe`:
    it is let through an open circuit breaker, to try.
    """

    lane: str = ""
    throttle: str = ""
    is_superseding: bool = False
    is_held: bool = False
    until: datetime | None = None
    reason: str = ""
    is_probe: bool = False


class HeldBackError(SequiturError):
    """The run may not start now.

    `code` is that of the control that holds it back. One whose key cannot be read will not start later either.
    """

    code = "held_back"
    status = 429

    def __init__(self, admission: Admission) -> None:
        """`admission` says why, and until when."""
        is_failed = admission.verdict is Verdict.FAILED
        super().__init__(f"The run may not start{'' if is_failed else ' now'}: {admission.reason}.")
        self.admission = admission
        self.code = admission.code or type(self).code
        if is_failed:
            self.status = 400
        elif admission.until is not None:
            self.retry_after_seconds = (admission.until - timezone.now()).total_seconds()
