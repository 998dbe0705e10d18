"""A supervisor as a process of its own: signals, kill -9, and what it leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.embedded import leftovers
from config.embedded.supervisor import SECOND_SIGNAL_AFTER_SECONDS
from config.environment import BASE_DIR
from tests.config.polling import eventually
from tests.config.programs import child, journal

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def run(*command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "tests.config.programs", str(tmp_path)],
            cwd=BASE_DIR, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        processes.append(process)
        assert process.stdout is not None
        assert any(line == "ready\n" for line in process.stdout)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()
    leftovers.stop_all(tmp_path / "processes.json", within_seconds=0)


def children(directory: Path) -> list[int]:
    return [int(running["pid"]) for running in json.loads((directory / "processes.json").read_text())]


def test_second_ctrl_c_ends_a_deaf_child_at_once(tmp_path: Path, start: Start) -> None:
    process = start()

    process.send_signal(signal.SIGINT)
    pressed_at = time.monotonic()
    assert eventually(lambda: "second asked" in journal(tmp_path))
    # A second one at once is the same Ctrl-C, come once more by way of make.
    assert eventually(lambda: time.monotonic() > pressed_at + 2 * SECOND_SIGNAL_AFTER_SECONDS)
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert journal(tmp_path) == ["first start", "second start", "second asked"]  # and first was killed


def test_ctrl_c_that_arrives_twice_at_once_counts_once(tmp_path: Path, start: Start) -> None:
    process = start()

    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    assert eventually(lambda: "second asked" in journal(tmp_path))
    assert process.poll() is None
    os.kill(children(tmp_path)[1], signal.SIGKILL)

    assert process.wait(20) == 0
    assert journal(tmp_path)[-1] == "first stop"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends them")
def test_kill_9_leaves_no_child(tmp_path: Path, start: Start) -> None:
    process = start()
    pids = children(tmp_path)

    process.kill()
    process.wait()

    assert len(pids) == 2
    assert eventually(lambda: all(leftovers.started(pid) is None for pid in pids))


def test_supervisor_ends_with_the_program_above_it(tmp_path: Path, start: Start) -> None:
    above = "import subprocess, sys; subprocess.run([*sys.argv[1:], '--ends-with-parent'])"
    process = start(sys.executable, "-c", above)
    pids = children(tmp_path)

    process.kill()

    assert eventually(lambda: "second asked" in journal(tmp_path))
    os.kill(pids[1], signal.SIGKILL)  # the deaf one
    assert eventually(lambda: all(leftovers.started(pid) is None for pid in pids))


def test_leftovers_are_stopped_newest_first(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    running = []
    for name in ("first", "second"):
        service = child(tmp_path, name)
        process = subprocess.Popen(service.command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        assert eventually(service.is_ready)
        running.append(leftovers.describe(name=name, pid=process.pid, stop_signal=signal.SIGTERM))
    leftovers.record(record, running)

    stopped = leftovers.stop_all(record)

    assert stopped == ["second", "first"]
    assert journal(tmp_path) == ["first start", "second start", "second stop", "first stop"]
    assert leftovers.stop_all(record) == []


def test_process_that_was_given_the_same_number_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    me = leftovers.describe(name="web", pid=os.getpid(), stop_signal=signal.SIGKILL)
    leftovers.record(record, [leftovers.Running(**{**vars(me), "started": "another time"})])

    stopped = leftovers.stop_all(record)

    assert stopped == []
