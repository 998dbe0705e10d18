"""Many threads that do one thing at the same instant, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(call: Callable[[int], T], *, threads: int) -> list[T]:
    """What `call(0)` to `call(threads - 1)` return, in this order; what one raises is raised here."""
    start = Barrier(threads)

    def run(number: int) -> T:
        try:
            start.wait(10)
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
