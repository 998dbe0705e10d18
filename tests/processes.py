"""Real processes for tests that kill them: a Celery worker on the test's own database and broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.celery import QUEUES
from core import tenancy
from core.models import Workspace
from workflows.models import Run

DEADLINE_SECONDS = 60
NO_SERMON = "ignore:You're running the worker with superuser"  # meant for pickle messages, which are not accepted
POLL_SECONDS = 0.05


@dataclass
class Worker:
    """A running worker and its pool, a process group of their own."""

    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL to the worker and its whole pool, as when the machine goes away."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, as a deploy does; returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=DEADLINE_SECONDS)


@contextmanager
def worker(
    *, concurrency: int = 2, include: str = "workflows.tasks", environment: Mapping[str, str] | None = None
) -> Iterator[Worker]:
    """A worker for all queues, with more in its `environment`. It is ended with the block, however the block ends."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--concurrency", str(concurrency)]
    flags = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING", "--include", include, "--queues"]
    queues = ",".join(QUEUES)
    variables = {**environment_of_test(), **(environment or {})}
    process = subprocess.Popen([*command, *flags, queues], env=variables, cwd=settings.BASE_DIR, start_new_session=True)
    running = Worker(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.kill()


def eventually(holds: Callable[[], bool], *, meanwhile: Callable[[], object] = lambda: None, what: str) -> None:
    """Wait until `holds()`, doing `meanwhile()` between looks. Fails after a minute, saying `what` did not happen."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        meanwhile()
        time.sleep(POLL_SECONDS)


def all_runs_completed(workspace: Workspace, *, number: int) -> bool:
    """Whether so many runs of the workspace have completed."""
    with tenancy.scope(workspace.pk):
        return Run.objects.filter(status="completed").count() == number


def environment_of_test() -> dict[str, str]:
    """The environment of this process, with the test's database in the place of the one it was made from."""
    row = connection.settings_dict
    user, password = quote(row["USER"] or "", safe=""), quote(row["PASSWORD"] or "", safe="")
    login = f"{user}:{password}@" if password else f"{user}@"
    host = quote(str(row["HOST"] or "localhost"), safe="")
    port = f":{row['PORT']}" if row["PORT"] else ""
    return {
        **os.environ,
        "PYTHONWARNINGS": ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), NO_SERMON])),
        "DATABASE_URL": f"postgresql://{login}{host}{port}/{row['NAME']}",
        "SEQUITUR_LEASE_SECONDS": str(settings.SEQUITUR_LEASE_SECONDS),
        "RUN_FAST_FORWARD": str(settings.RUN_FAST_FORWARD),
        "SEQUITUR_STOP_SECONDS": str(settings.SEQUITUR_STOP_SECONDS),
        "SEQUITUR_FAIR_WINDOW": str(settings.SEQUITUR_FAIR_WINDOW),
    }
