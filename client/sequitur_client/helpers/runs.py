"""`client.runs`: wait until a run is over."""

import time
from collections.abc import Collection

from sequitur_client.binding import awaited_plan, planned
from sequitur_client.calls import Named
from sequitur_client.errors import WaitTimedOut
from sequitur_client.exchange import Plan, Sleep, ask
from sequitur_client.generated import models as m
from sequitur_client.generated.resources import runs as generated

FINISHED = frozenset({"completed", "failed", "cancelled"})
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


def waiting(run: Named, *, timeout: float = 60.0, until: Collection[str] = FINISHED) -> Plan[m.RunResponse]:
    """The run, once its status is one of `until`: completed, failed or cancelled. It is asked for again and again, at
    longer intervals of up to 2 seconds. `timeout` is in seconds.

    Raises `WaitTimedOut` with what the run waits for; it goes on by itself.
    """
    deadline, pause = time.monotonic() + timeout, FIRST_PAUSE_SECONDS
    while True:
        found = yield from ask(generated.workflow_runs_retrieve(run))
        if found.status in until:
            return found
        left = deadline - time.monotonic()
        if left <= 0:
            raise WaitTimedOut(f"Run {found.id} is {found.status} after {timeout:g} seconds.")
        yield Sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


class Runs(generated.Runs):
    """Runs, and waiting for them."""

    wait = planned(waiting)


class AsyncRuns(generated.AsyncRuns):
    """The same to be awaited."""

    wait = awaited_plan(waiting)
