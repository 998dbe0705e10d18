"""The one road up: who receives firings. `workflows` fills it when Django is ready; this app never imports it."""

from collections.abc import Sequence
from typing import Protocol

from triggers.models import Firing


class FiringHandler(Protocol):
    """Starts what a firing is to start. Called inside the transaction and the scope that store the firings."""

    def __call__(self, firings: Sequence[Firing], /) -> None: ...


class NoHandlerError(RuntimeError):
    """No app receives firings: `workflows` must be in INSTALLED_APPS."""


_handlers: list[FiringHandler] = []


def connect(handler: FiringHandler) -> None:
    """Let `handler` receive all firings of this process; the last one connected holds."""
    _handlers[:] = [handler]


def hand_over(firings: Sequence[Firing]) -> None:
    """Give new firings to the handler. Raises `NoHandlerError` when nobody connected one."""
    if not _handlers:
        raise NoHandlerError(NoHandlerError.__doc__)
    if firings:
        _handlers[0](firings)
