"""The roads up: who receives firings, and arrivals of what was waited for; who knows what became of runs.

`workflows` fills them when Django is ready; this app never imports it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from triggers.models import Event, Firing


class FiringHandler(Protocol):
    """Starts what a firing is to start. Called inside the transaction and the scope that store the firings."""

    def __call__(self, firings: Sequence[Firing], /) -> None: ...


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

_handlers: list[FiringHandler] = []
_arrival_handlers: list[ArrivalHandler] = []
_response_handlers: list[ResponseHandler] = []
_still_running: list[StillRunning] = []


def connect(handler: FiringHandler) -> None:
    """Let `handler` receive all firings of this process; the last one connected holds."""
    _handlers[:] = [handler]


def connect_arrivals(handler: ArrivalHandler) -> None:
    """Let `handler` receive all arrivals of this process; the last one connected holds."""
    _arrival_handlers[:] = [handler]


def connect_responses(handler: ResponseHandler) -> None:
    """Let `handler` say what runs answer in this process; the last one connected holds."""
    _response_handlers[:] = [handler]


def connect_still_running(answer: StillRunning) -> None:
    """Let `answer` say which runs still go; the last one connected holds."""
    _still_running[:] = [answer]


def still_running(event_ids: Collection[UUID]) -> set[UUID]:
    """The events of which a run has not ended. Raises `NoHandlerError` when nobody knows."""
    if not _still_running:
        raise NoHandlerError(NoHandlerError.__doc__)
    return _still_running[0](event_ids)


def hand_over(firings: Sequence[Firing]) -> None:
    """Give new firings to the handler. Raises `NoHandlerError` when nobody connected one."""
    if not _handlers:
        raise NoHandlerError(NoHandlerError.__doc__)
    if firings:
        _handlers[0](firings)


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
