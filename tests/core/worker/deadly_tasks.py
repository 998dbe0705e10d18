"""Tasks that end their worker, for workers that tests start; and one that says that it was done."""

import os
import signal

from celery import shared_task

from core.models import Workspace


@shared_task(name="tests.kill_worker")
def kill_worker() -> None:
    """As the kernel does to a process that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="tests.note")
def note(slug: str) -> None:
    """Leaves a row behind."""
    Workspace.objects.create(slug=slug, name="noted")
