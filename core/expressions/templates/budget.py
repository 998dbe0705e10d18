"""How long rendering may take. A template is small, but what it reads may be large, and it may read it many times.

The limit is checked at every lookup and filter, each of which takes milliseconds on the largest values there are.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.expressions.templates.errors import TooMuchWorkError

DEFAULT_SECONDS = 2.0

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float = DEFAULT_SECONDS) -> Iterator[None]:
    """Bound all rendering in the block together; inside another such block, that one's bound holds."""
    if _deadline.get() is not None:
        yield
        return
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def check() -> None:
    """Raises `TooMuchWorkError` when the time of the block is over."""
    deadline = _deadline.get()
    if deadline is not None and time.monotonic() > deadline:
        raise TooMuchWorkError
