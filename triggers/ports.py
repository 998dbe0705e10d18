"""The roads up: who receives firings, and arrivals of what was waited for.

`workflows` fills them when Django is ready; this app never imports it.
"""

from collections.abc import Sequence
from typing import Protocol
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


class NoHandlerError(RuntimeError):
    """No app receives firings and arrivals: `workflows` must be in INSTALLED_APPS."""


_handlers: list[FiringHandler] = []
_arrival_handlers: list[ArrivalHandler] = []


def connect(handler: FiringHandler) -> None:
    """Let `handler` receive all firings of this process; the last one connected holds."""
    _handlers[:] = [handler]


def connect_arrivals(handler: ArrivalHandler) -> None:
    """Let `handler` receive all arrivals of this process; the last one connected holds."""
    _arrival_handlers[:] = [handler]


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
