"""Services made of `child.py`, and a supervisor over two of them as a process: `python -m tests.config.programs`."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from config.embedded.service import Service
from config.embedded.supervisor import Supervisor
from config.embedded.terminal import Terminal

CHILD = Path(__file__).with_name("child.py")


def journal(directory: Path) -> list[str]:
    """What the children wrote down so far."""
    path = directory / "journal"
    return path.read_text().splitlines() if path.exists() else []


def child(directory: Path, name: str, *manner: str, ready: Callable[[], bool] | None = None) -> Service:
    """A service that is ready once it has written that it started."""
    return Service(
        name=name,
        command=[sys.executable, "-S", "-E", str(CHILD), str(directory / "journal"), name, *manner],
        environment=dict(os.environ),
        cwd=directory,
        is_ready=ready or (lambda: f"{name} start" in journal(directory)),
        ready_within_seconds=20,
    )


def main(directory: Path, *, ends_with_parent: bool) -> int:
    """Supervise two children, one after the other, until told to stop."""
    supervisor = Supervisor(terminal=Terminal(), record=directory / "processes.json", ends_with_parent=ends_with_parent)
    with supervisor.signals():
        supervisor.launch(child(directory, "first"))
        supervisor.await_ready()
        supervisor.launch(replace(child(directory, "second", "deaf"), stop_within_seconds=60))
        supervisor.await_ready()
        supervisor.terminal.say("ready")
        supervisor.wait()
        supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), ends_with_parent="--ends-with-parent" in sys.argv))
