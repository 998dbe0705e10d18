"""One supervised program: how it is started, how one knows that it answers, how it is ended."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.embedded import kernel
from config.embedded.errors import StartError

POLL_SECONDS = 0.02
# Names the file that a program without a port makes once it is ready.
READY_VARIABLE = "SEQUITUR_READY_FILE"
LAST_LINES = 12
LONGEST_LOG_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Service:
    """What the supervisor needs to know of a program. Signals are named by what they do to this program.

    `is_ready` makes a real connection and returns whether it was answered; it never raises.
    `log_path`: its output goes there in place of the terminal (servers, whose lines matter only when they fail).
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    cwd: Path
    ready_within_seconds: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_seconds: float = 10
    at_once_signal: signal.Signals = signal.SIGKILL
    orphan_signal: signal.Signals = signal.SIGKILL
    identity: kernel.Identity | None = None
    log_path: Path | None = field(default=None)


def spawn(service: Service, *, output: int | IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own: a Ctrl-C at the terminal reaches the supervisor alone.

    Raises `StartError` when it cannot be executed. Concurrency: main thread only, see `kernel.child_setup`.
    """
    if service.log_path is not None:
        if service.log_path.exists() and service.log_path.stat().st_size > LONGEST_LOG_BYTES:
            service.log_path.rename(service.log_path.with_suffix(".log.1"))
        with service.log_path.open("ab") as log:
            return _popen(service, log)
    return _popen(service, output if output is not None else subprocess.DEVNULL)


def _popen(service: Service, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    setup = kernel.child_setup(death_signal=service.orphan_signal, identity=service.identity)
    try:
        return subprocess.Popen(
            list(service.command),
            env=dict(service.environment),
            cwd=service.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=setup,  # noqa: PLW1509  # we have no threads yet, or none that hold locks
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StartError(f"{service.name} cannot be started ({service.command[0]}): {error}") from error


def wait_until_ready(service: Service, process: subprocess.Popen[bytes]) -> None:
    """Return once the program answers.

    Raises `StartError`, with the last lines of its log, when it ended or its deadline passed.
    """
    deadline = time.monotonic() + service.ready_within_seconds
    while not service.is_ready():
        if process.poll() is not None:
            raise StartError(f"{service.name} ended with status {process.returncode}{log_tail(service)}")
        if time.monotonic() > deadline:
            raise StartError(
                f"{service.name} did not answer within {service.ready_within_seconds:g} s{log_tail(service)}"
            )
        time.sleep(POLL_SECONDS)


def log_tail(service: Service) -> str:
    """Return the last lines of its log, to be put after a sentence; empty where there is none."""
    if service.log_path is None or not service.log_path.exists():
        return ""
    lines = service.log_path.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return "".join(f"\n    {line}" for line in lines)


def stop(service: Service, process: subprocess.Popen[bytes], *, is_at_once: bool = False) -> None:
    """End the program and whatever it left in its session; does nothing when that has happened.

    Asked nicely first (unless `is_at_once`), killed when its time is over.
    """
    if process.poll() is None:
        process.send_signal(service.at_once_signal if is_at_once else service.stop_signal)
        try:
            process.wait(service.stop_within_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    sweep_group(process.pid)


def sweep_group(process_group: int) -> None:
    """Kill what is left of a program's process group: pool children whose parent was killed."""
    try:
        os.killpg(process_group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
