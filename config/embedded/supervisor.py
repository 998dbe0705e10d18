"""Starts programs in order, keeps them running, passes on what they print and stops them in reverse order.

One thread: the kernel's "end with your parent" is tied to the thread that forked, and forking beside other threads is
what the standard library warns of. Signals only set a flag and wake the loop; everything happens in `_turn`.
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.embedded import leftovers, service
from config.embedded.errors import StartError
from config.embedded.service import Service
from config.embedded.terminal import Lines, Terminal

TURN_SECONDS = 0.5
STARTING_TURN_SECONDS = 0.05
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0
# make passes a signal on that its whole process group had received already: that is not a second Ctrl-C.
SECOND_SIGNAL_AFTER_SECONDS = 0.5


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """Asked to stop while something was being started or run."""


@dataclass
class Child:
    """A program and the process that is it at the moment. `group`: children started together stop together."""

    program: Service
    process: subprocess.Popen[bytes]
    group: int
    started_at: float
    is_ready: bool = False
    backoff_seconds: float = FIRST_BACKOFF_SECONDS
    restart_at: float | None = field(default=None)


class Supervisor:
    """See the module. `record`: where the running children are written down for the start after a kill.

    `ends_with_parent`: stop when the process that started us ends (make, which may be killed without passing it on).
    """

    def __init__(self, *, terminal: Terminal, record: Path | None = None, ends_with_parent: bool = False) -> None:
        self.terminal = terminal
        self.record = record
        self.parent_pid = os.getppid() if ends_with_parent else None
        self.children: list[Child] = []
        self.stop_asked_at: float | None = None
        self.is_at_once = False
        self.selector = selectors.DefaultSelector()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Listen to the signals that mean stop, and to ending children, for the time of the block."""
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        previous_wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        wanted = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it has to stay ignored
            wanted.append(signal.SIGHUP)
        previous = {number: signal.signal(number, self._on_signal) for number in wanted}
        self.selector.register(reader, selectors.EVENT_READ)
        try:
            yield
        finally:
            self.selector.unregister(reader)
            for number, handler in previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(previous_wakeup)
            reader.close()
            writer.close()

    def launch(self, *programs: Service) -> None:
        """Start the programs without waiting for them; they form one group."""
        group = 1 + max((child.group for child in self.children), default=0)
        for program in programs:
            process = self._spawn(program)
            self.children.append(Child(program, process, group=group, started_at=time.monotonic()))
            self._write_record()

    def await_ready(self) -> None:
        """Return once everything launched answers.

        Raises `StartError` when one ends or its time is over, `Stopped` when asked to stop.
        """
        while waiting := [child for child in self.children if not child.is_ready]:
            for child in waiting:
                child.is_ready = child.program.is_ready()
                if child.is_ready:
                    continue
                tail = service.log_tail(child.program)
                if child.process.poll() is not None:
                    self._turn(0)
                    raise StartError(f"{child.program.name} ended with {_status(child.process)}{tail}")
                if time.monotonic() > child.started_at + child.program.ready_within_seconds:
                    limit = child.program.ready_within_seconds
                    raise StartError(f"{child.program.name} did not answer within {limit:g} s{tail}")
            self._turn(STARTING_TURN_SECONDS)

    def run(self, program: Service, *, prefix: str | None) -> int:
        """Run a program to its end and return its status; the others are kept running meanwhile.

        Raises `Stopped` when asked to stop; the program is ended then.
        """
        process = self._spawn(program, prefix=prefix)
        try:
            while process.poll() is None:
                self._turn(STARTING_TURN_SECONDS)
        finally:
            service.stop(program, process)
        self._read_output(0)
        return process.returncode

    def wait(self) -> None:
        """Keep everything running until asked to stop."""
        with contextlib.suppress(Stopped):
            while True:
                self._turn(TURN_SECONDS)

    def stop(self) -> None:
        """Stop all children, the group started last first; a second Ctrl-C meanwhile ends them at once."""
        self.stop_asked_at = self.stop_asked_at or time.monotonic()
        for group in sorted({child.group for child in self.children}, reverse=True):
            self._stop_group([child for child in self.children if child.group == group])
        self.children.clear()
        self._read_output(0)
        if self.record is not None:
            self.record.unlink(missing_ok=True)

    def _turn(self, seconds: float) -> None:
        """Wait up to `seconds` for anything to happen and deal with it.

        Raises `Stopped`.
        """
        self._read_output(seconds)
        if self.parent_pid is not None and os.getppid() != self.parent_pid:
            self.stop_asked_at = time.monotonic()
        if self.stop_asked_at is not None:
            raise Stopped
        self._restart_ended(time.monotonic())

    def _restart_ended(self, now: float) -> None:
        """Start again, after a growing pause, what was running and has ended."""
        for child in self.children:
            if not child.is_ready or child.process.poll() is None:
                continue
            if child.restart_at is None:
                if now - child.started_at > STEADY_AFTER_SECONDS:
                    child.backoff_seconds = FIRST_BACKOFF_SECONDS
                child.restart_at = now + child.backoff_seconds
                self.terminal.say(
                    f"{child.program.name} ended with {_status(child.process)}; "
                    f"starting it again in {child.backoff_seconds:g} s{service.log_tail(child.program)}"
                )
                service.sweep_group(child.process.pid)
            elif now >= child.restart_at:
                child.backoff_seconds = min(child.backoff_seconds * 2, LONGEST_BACKOFF_SECONDS)
                child.restart_at = None
                child.started_at = now
                child.process = self._spawn(child.program)
                self._write_record()

    def _stop_group(self, children: Sequence[Child]) -> None:
        now = time.monotonic()
        is_at_once = self.is_at_once
        for child in children:
            self._send(child, child.program.at_once_signal if is_at_once else child.program.stop_signal)
        while running := [child for child in children if child.process.poll() is None]:
            self._read_output(STARTING_TURN_SECONDS)
            for child in running:
                if self.is_at_once and not is_at_once:
                    self._send(child, child.program.at_once_signal)
                if time.monotonic() > now + child.program.stop_within_seconds:
                    self._send(child, signal.SIGKILL)
            is_at_once = self.is_at_once
        for child in children:
            service.sweep_group(child.process.pid)

    def _send(self, child: Child, number: signal.Signals) -> None:
        if child.process.poll() is None:
            child.process.send_signal(number)

    def _spawn(self, program: Service, *, prefix: str | None = "") -> subprocess.Popen[bytes]:
        if program.log_path is not None:
            return service.spawn(program)
        process = service.spawn(program, output=subprocess.PIPE)
        if process.stdout is not None:
            name = program.name if prefix == "" else prefix
            self.selector.register(
                process.stdout, selectors.EVENT_READ, Lines(process.stdout.fileno(), self.terminal, prefix=name)
            )
        return process

    def _read_output(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            if isinstance(key.data, Lines):
                if not key.data.read():
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]  # the pipe object registered in _spawn
            else:
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]  # the socket of `signals`

    def _write_record(self) -> None:
        if self.record is None:
            return
        leftovers.record(
            self.record,
            [
                leftovers.describe(
                    name=child.program.name, pid=child.process.pid, stop_signal=child.program.stop_signal
                )
                for child in self.children
            ],
        )

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if number == signal.SIGCHLD:
            return
        if self.stop_asked_at is None:
            self.stop_asked_at = now
        elif number == signal.SIGINT and now - self.stop_asked_at > SECOND_SIGNAL_AFTER_SECONDS:
            self.is_at_once = True


def _status(process: subprocess.Popen[bytes]) -> str:
    """Say how it ended: `status 1`, or `signal SIGKILL`."""
    code = process.returncode
    return f"signal {signal.Signals(-code).name}" if code and code < 0 else f"status {code}"
