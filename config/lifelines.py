"""What ties Celery's processes to the program above them: tell it when ready, end when the parent is gone."""

import os
import signal
from pathlib import Path

from celery import signals

from config.embedded import kernel
from config.embedded.service import READY_VARIABLE


def connect() -> None:
    """Listen to Celery's signals; without Celery processes this does nothing."""
    signals.worker_ready.connect(say_ready)
    signals.beat_init.connect(say_ready)
    signals.worker_process_init.connect(end_with_worker)


def say_ready(**_: object) -> None:
    """Make the file that the supervisor waits for, if there is a supervisor."""
    if path := os.environ.get(READY_VARIABLE):
        Path(path).touch()


def end_with_worker(**_: object) -> None:
    """Let the kernel end a pool process whose worker was killed.

    It would hold its lease, and its connection, until its action ends, with nobody to report to.
    """
    kernel.end_with_parent(parent_pid=os.getppid(), signal_number=signal.SIGKILL)
