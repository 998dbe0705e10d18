"""For workers that tests start: starting a run for an event of the type `deadly` ends the process."""

import os
import signal
from collections.abc import Sequence

from triggers import ports
from triggers.models import Firing

DEADLY = "deadly"


def end(firings: Sequence[Firing], tickets: Sequence[object]) -> None:
    """As when the memory is used up."""
    if any(each.event.type == DEADLY for each in firings):
        os.kill(os.getpid(), signal.SIGKILL)


if "SEQUITUR_TEST_DEADLY" in os.environ:
    ports._handlers.insert(0, end)
