"""What a killed supervisor left running: written down while it lives, found and stopped at the next start.

On Linux the kernel ends the children of a killed supervisor, so this finds them ending or ended. Elsewhere nothing
does, and this is what ends them.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from config.embedded import kernel

POLL_SECONDS = 0.02
STARTED_AT_FIELD = 19  # of /proc/<pid>/stat, counted after the name: field 22, proc(5)


@dataclass(frozen=True)
class Running:
    """A child as it is written down. `started` tells it from a later process that was given the same number."""

    name: str
    pid: int
    started: str
    stop_signal: int


def describe(*, name: str, pid: int, stop_signal: signal.Signals) -> Running:
    """Return the child for the record."""
    return Running(name=name, pid=pid, started=started(pid) or "", stop_signal=int(stop_signal))


def record(path: Path, running: Sequence[Running]) -> None:
    """Replace the record, oldest child first. Shape: a JSON list of `Running`."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps([asdict(child) for child in running]))
    unfinished.rename(path)


def stop_all(path: Path, *, within_seconds: float = 30) -> list[str]:
    """Stop what the record names and still runs, newest first; return the names. Does nothing without a record."""
    try:
        running = [Running(**child) for child in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError):
        return []
    stopped = [child.name for child in reversed(running) if _stop(child, within_seconds=within_seconds)]
    path.unlink(missing_ok=True)
    return stopped


def started(pid: int) -> str | None:
    """Return when the process started, in the kernel's own unit; None when there is no such process or it has ended."""
    if kernel.IS_LINUX:
        try:
            status = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if status[0] in "ZX" else status[STARTED_AT_FIELD]
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None


def _stop(child: Running, *, within_seconds: float) -> bool:
    if not child.started or started(child.pid) != child.started:
        return False
    deadline = time.monotonic() + within_seconds
    os.kill(child.pid, child.stop_signal)
    while started(child.pid) == child.started:
        if time.monotonic() > deadline:
            os.killpg(child.pid, signal.SIGKILL)
            break
        time.sleep(POLL_SECONDS)
    return True
