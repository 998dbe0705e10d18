"""Real processes that do one thing at the same instant, on the test's own database and broker.

They are forked from a process that has loaded the product once for all tests of a pytest worker: a race costs
milliseconds to begin, where starting Python and Django anew costs seconds of each process.
"""

import multiprocessing
from multiprocessing.connection import Connection

from django.conf import settings
from django.db import connection

from tests import rival

SECONDS = 120
# What tests change of the settings, for their rivals too.
SETTINGS = ("RUN_FAST_FORWARD", "SEQUITUR_LEASE_SECONDS", "SEQUITUR_FAIR_WINDOW", "SEQUITUR_STOP_SECONDS")

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([rival.__name__])


def race(code: str, *, setup: str = "", number: int = 2) -> list[str]:
    """Run `code` in so many processes, all of which have done `setup` before one begins; returns what each printed.

    Both are Python, and see `number`, which process it is. Fails with what a process raised.
    """
    start = _context.Barrier(number)
    place = rival.Place(str(connection.settings_dict["NAME"]), {name: getattr(settings, name) for name in SETTINGS})
    running = []
    for each in range(number):
        ours, theirs = _context.Pipe()
        process = _context.Process(target=rival.run, args=(place, setup, code, each, start, theirs), daemon=True)
        process.start()
        theirs.close()
        running.append((process, ours))
    try:
        return [_printed(ours) for _, ours in running]
    finally:
        for process, ours in running:
            process.kill()
            process.join()
            ours.close()


def _printed(theirs: "Connection[object, tuple[str, str]]") -> str:
    assert theirs.poll(SECONDS), f"a process did not end within {SECONDS} s"
    out, error = theirs.recv()
    assert not error, error
    return out
