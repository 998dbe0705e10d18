"""The supervisor inside this process, over real children."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.embedded import leftovers
from config.embedded.errors import StartError
from config.embedded.service import Service
from config.embedded.supervisor import Stopped, Supervisor
from config.embedded.terminal import Terminal
from tests.config.polling import eventually
from tests.config.programs import child, journal


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, screen: io.StringIO) -> Iterator[Supervisor]:
    supervisor = Supervisor(terminal=Terminal(screen), record=tmp_path / "processes.json")
    yield supervisor
    supervisor.stop()


def until(directory: Path, line: str, *, times: int = 1) -> Service:
    """A program that ends once the journal has the line so many times."""
    code = (
        "import sys, time\n"
        "deadline = time.monotonic() + 20\n"
        "while time.monotonic() < deadline:\n"
        "    if open(sys.argv[1]).read().splitlines().count(sys.argv[2]) >= int(sys.argv[3]): sys.exit(0)\n"
        "    time.sleep(0.01)\n"
        "sys.exit(1)\n"
    )
    command = [sys.executable, "-S", "-E", "-c", code, str(directory / "journal"), line, str(times)]
    return replace(child(directory, "until"), command=command)


def test_groups_start_in_order_and_stop_in_reverse(tmp_path: Path, supervisor: Supervisor) -> None:
    for name in ("postgres", "valkey", "web"):
        supervisor.launch(child(tmp_path, name))
        supervisor.await_ready()

    supervisor.stop()

    assert journal(tmp_path) == [
        "postgres start", "valkey start", "web start", "web stop", "valkey stop", "postgres stop",
    ]  # fmt: skip


def test_output_carries_the_name_of_who_wrote_it(tmp_path: Path, supervisor: Supervisor, screen: io.StringIO) -> None:
    supervisor.launch(child(tmp_path, "web"))
    supervisor.await_ready()

    supervisor.stop()

    assert screen.getvalue() == "web      | hello from web\n"


def test_crashed_child_is_started_again_and_said_so(
    tmp_path: Path, supervisor: Supervisor, screen: io.StringIO
) -> None:
    supervisor.launch(child(tmp_path, "web"))
    supervisor.await_ready()
    first = supervisor.children[0].process.pid

    os.kill(first, signal.SIGKILL)
    status = supervisor.run(until(tmp_path, "web start", times=2), prefix=None)

    assert status == 0
    assert supervisor.children[0].process.pid != first
    assert "web ended with signal SIGKILL; starting it again in 1 s" in screen.getvalue()


def test_child_that_ends_before_it_is_ready_stops_the_start(tmp_path: Path, supervisor: Supervisor) -> None:
    program = replace(child(tmp_path, "web"), command=[sys.executable, "-c", "import sys; sys.exit(3)"])
    supervisor.launch(program)

    with pytest.raises(StartError, match=r"^web ended with status 3$"):
        supervisor.await_ready()


def test_child_that_never_answers_stops_the_start(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.launch(replace(child(tmp_path, "web", ready=lambda: False), ready_within_seconds=0.2))

    with pytest.raises(StartError, match=r"^web did not answer within 0\.2 s$"):
        supervisor.await_ready()


def test_program_that_does_not_exist_stops_the_start(tmp_path: Path, supervisor: Supervisor) -> None:
    with pytest.raises(StartError, match=r"^web cannot be started \(/nonexistent\)"):
        supervisor.launch(replace(child(tmp_path, "web"), command=["/nonexistent"]))


def test_deaf_child_is_killed_when_its_time_is_over(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.launch(replace(child(tmp_path, "worker", "deaf"), stop_within_seconds=0.2))
    supervisor.await_ready()
    pid = supervisor.children[0].process.pid

    supervisor.stop()

    assert leftovers.started(pid) is None
    assert journal(tmp_path) == ["worker start", "worker asked"]


def test_grandchildren_end_with_their_child(tmp_path: Path, supervisor: Supervisor) -> None:
    code = (
        "import os, signal, subprocess, sys\n"
        "pool = subprocess.Popen([sys.executable, '-S', '-c', 'import signal; signal.pause()'])\n"
        f"open({str(tmp_path / 'pool')!r}, 'w').write(str(pool.pid))\n"
        "signal.pause()\n"
    )
    mark = tmp_path / "pool"
    program = replace(child(tmp_path, "worker"), command=[sys.executable, "-S", "-c", code])
    supervisor.launch(replace(program, is_ready=lambda: mark.exists() and mark.read_text() != ""))
    supervisor.await_ready()
    pool = int(mark.read_text())

    supervisor.stop()

    assert eventually(lambda: leftovers.started(pool) is None)


def test_stop_signal_while_starting_stops_the_start(tmp_path: Path, supervisor: Supervisor) -> None:
    with supervisor.signals():
        supervisor.launch(child(tmp_path, "web", ready=lambda: False))
        os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(Stopped):
            supervisor.await_ready()


def test_record_names_the_children_and_goes_with_them(tmp_path: Path, supervisor: Supervisor) -> None:
    record = tmp_path / "processes.json"
    supervisor.launch(child(tmp_path, "web"))

    assert '"name": "web"' in record.read_text()

    supervisor.stop()
    assert not record.exists()
