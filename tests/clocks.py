"""Real processes that do what beat's tick does, on the test's own database and broker, started at the same instant."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from django.conf import settings

from tests import processes

_TICKS = """
import sys, time
import django
django.setup()
from datetime import datetime
from triggers.services import ticking
ticking.tick(now=datetime.fromisoformat("2000-01-01T00:00:00+00:00"))  # connects, and finds nothing
print("ready", flush=True)
now = datetime.fromisoformat(sys.stdin.readline().strip())
begun, fired, looks = time.monotonic(), 0, 0
while looks < 3:  # a schedule that the other one holds is not ours to wait for, only to look for again
    sent = ticking.tick(now=now)
    fired, looks = fired + sent, 0 if sent else looks + 1
print(fired, time.monotonic() - begun, flush=True)
"""


class Clock:
    """A process that waits to be told the time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._expect("ready")

    def strike(self, now: datetime) -> None:
        """Let it tick as if it were `now`, until nothing is due."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{now.isoformat()}\n")
        self.process.stdin.flush()

    def result(self) -> tuple[int, float]:
        """How many events it sent, and in how many seconds."""
        fired, seconds = self._line().split()
        return int(fired), float(seconds)

    def _expect(self, word: str) -> None:
        assert self._line() == word

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def clocks(number: int) -> Iterator[list[Clock]]:
    """So many processes, ready. They are ended with the block, however it ends."""
    with ExitStack() as stack:
        started = [stack.enter_context(_process()) for _ in range(number)]
        yield [Clock(process) for process in started]


@contextmanager
def _process() -> Iterator[subprocess.Popen[str]]:
    variables = {**os.environ, **processes.environment_of_test(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    variables["SEQUITUR_LOG_LEVEL"] = "WARNING"
    command = [sys.executable, "-c", _TICKS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=variables, cwd=settings.BASE_DIR, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()
