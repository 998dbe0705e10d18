"""The roads up: who holds back and receives firings, and arrivals; who knows what became of runs.

`workflows` fills them when Django is ready; this app never imports it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from core.expressions.scope import Scope
from triggers.models import Event, Firing, Trigger


class FiringHandler(Protocol):
    """Starts what a firing is to start, each with the gate's ticket for it.

    Called inside the transaction and the scope that store the firings.
    """

    def __call__(self, firings: Sequence[Firing], tickets: Sequence[object], /) -> None: ...


class Verdict(StrEnum):
    """What becomes of a trigger whose predicates hold: `pending` is decided later, by whoever said so."""

    FIRED = "fired"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Wish:
    """A trigger would fire on an event. The trigger is known as far as a firing needs it: ids, key, version.

    `scope` are the names that its conditions saw; the event is saved, with its workspace.
    """

    trigger: Trigger
    event: Event
    scope: Scope


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of a wish: `code` is a stable word for why it is held back, `reason` a sentence.

    `until`: when the reason is gone, or what is pending is decided. `gathering`: what a pending one waits in. `ticket`
    is the gate's own word to whoever receives the firing.
    """

    verdict: Verdict = Verdict.FIRED
    code: str = ""
    reason: str = ""
    until: datetime | None = None
    gathering: UUID | None = None
    ticket: object = None


class Gate(Protocol):
    """Says of each wish whether its trigger may fire, in the same order.

    Called in the transaction and the scope that decide on the events; what it counts is rolled back with them.
    """

    def __call__(self, wishes: Sequence[Wish], /, *, now: datetime) -> Sequence[Admission]: ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known of a gathering: a sentence, `until` when it waits, and the run that it became."""

    reason: str
    until: datetime | None = None
    run_id: UUID | None = None


class GatheringReader(Protocol):
    """Says what became of gatherings of the workspace in scope, by their ids; nothing of those that are gone."""

    def __call__(self, ids: Collection[UUID], /) -> Mapping[UUID, Gathered]: ...


class ArrivalHandler(Protocol):
    """Lets those who waited for an event go on. Called inside the transaction and the scope that decide on the event.

    Waiters come in the order of their ids, for locks; one may come twice, or when it no longer waits.
    """

    def __call__(self, waiters: Sequence[UUID], event: Event, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender of a request is told. A `body` of text goes out as it is, none as nothing, all else as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class ResponseHandler(Protocol):
    """Says what the run of a firing answers to the sender of its event; None as long as it does not know.

    `respond` is the word of the trigger: `respond_action` or `last_action`. Called in the workspace's scope, again and
    again. Raises a `SequiturError` for a run that failed.
    """

    def __call__(self, firing: Firing, /, *, respond: str) -> Answer | None: ...


class NoHandlerError(RuntimeError):
    """No app receives firings and arrivals: `workflows` must be in INSTALLED_APPS."""


StillRunning = Callable[[Collection[UUID]], set[UUID]]
"""Of the ids of events, those of which a run has not ended. Called unscoped, for events of many workspaces."""

_gates: list[Gate] = []
_handlers: list[FiringHandler] = []
_arrival_handlers: list[ArrivalHandler] = []
_response_handlers: list[ResponseHandler] = []
_still_running: list[StillRunning] = []
_gatherings: list[GatheringReader] = []


def connect(handler: FiringHandler) -> None:
    """Let `handler` receive all firings of this process; the last one connected holds."""
    _handlers[:] = [handler]


def connect_gate(gate: Gate) -> None:
    """Let `gate` say what may fire in this process; the last one connected holds."""
    _gates[:] = [gate]


def connect_arrivals(handler: ArrivalHandler) -> None:
    """Let `handler` receive all arrivals of this process; the last one connected holds."""
    _arrival_handlers[:] = [handler]


def connect_responses(handler: ResponseHandler) -> None:
    """Let `handler` say what runs answer in this process; the last one connected holds."""
    _response_handlers[:] = [handler]


def connect_still_running(answer: StillRunning) -> None:
    """Let `answer` say which runs still go; the last one connected holds."""
    _still_running[:] = [answer]


def connect_gatherings(reader: GatheringReader) -> None:
    """Let `reader` say what became of gatherings; the last one connected holds."""
    _gatherings[:] = [reader]


def gathered(ids: Collection[UUID]) -> Mapping[UUID, Gathered]:
    """What became of gatherings; without those that nobody knows of."""
    return _gatherings[0](ids) if _gatherings and ids else {}


def still_running(event_ids: Collection[UUID]) -> set[UUID]:
    """The events of which a run has not ended. Raises `NoHandlerError` when nobody knows."""
    if not _still_running:
        raise NoHandlerError(NoHandlerError.__doc__)
    return _still_running[0](event_ids)


def admit(wishes: Sequence[Wish], *, now: datetime) -> Sequence[Admission]:
    """What becomes of each wish. Raises `NoHandlerError` when nobody connected a gate."""
    if not _gates:
        raise NoHandlerError(NoHandlerError.__doc__)
    return _gates[0](wishes, now=now) if wishes else []


def hand_over(firings: Sequence[Firing], tickets: Sequence[object]) -> None:
    """Give new firings to the handler, each with its ticket. Raises `NoHandlerError` when nobody connected one."""
    if not _handlers:
        raise NoHandlerError(NoHandlerError.__doc__)
    if firings:
        _handlers[0](firings, tickets)


def arrived(waiters: Sequence[UUID], event: Event) -> None:
    """Tell the handler for whom an event arrived. Raises `NoHandlerError` when it did and nobody connected one."""
    if not waiters:
        return
    if not _arrival_handlers:
        raise NoHandlerError(NoHandlerError.__doc__)
    _arrival_handlers[0](waiters, event)


def response(firing: Firing, *, respond: str) -> Answer | None:
    """What the run of a firing answers, as soon as that is known. Raises `NoHandlerError` when nobody connected one."""
    if not _response_handlers:
        raise NoHandlerError(NoHandlerError.__doc__)
    return _response_handlers[0](firing, respond=respond)
