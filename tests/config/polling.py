"""Waiting for another process in a test: bounded, and the only place of these tests that sleeps."""

import time
from collections.abc import Callable

POLL_SECONDS = 0.01


def eventually(is_so: Callable[[], object], *, within_seconds: float = 20) -> bool:
    """Return whether it became so in time."""
    deadline = time.monotonic() + within_seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
