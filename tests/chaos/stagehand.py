"""The servers and programs of a chaos test, in a process of their own: `python -m tests.chaos.stagehand`.

It has one thread, because the kernel's "end with your parent" is tied to the thread that forks, and the test has many.
It obeys lines on its standard input and answers each with a line of JSON:

    look               start again what has died, as a supervisor would; answer what that was
    kill <program>     SIGKILL to its whole process group, and start it again
    crash postgres     what `pg_ctl stop -m immediate` and a start do

When its input ends, it ends everything.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from config import environment, programs, up
from config.embedded import credentials, home, reach, servers, service
from config.embedded.service import Service
from config.environment import BASE_DIR

WORKERS_VARIABLE = "CHAOS_WORKERS"


class Stagehand:
    """What runs, by name."""

    def __init__(self, log: IO[bytes]) -> None:
        self.log = log
        env = environment.load()
        self.home, self.lock = home.open_home(env.home)
        secrets = credentials.load_or_make(self.home.credentials)
        needed = servers.prepare(self.home, {})
        own = {**os.environ, "SEQUITUR_BOOTSTRAP_API_KEY": secrets.api_key}
        self.variables = credentials.fill_in(own, secrets) | needed.variables | up.named(env)
        self.servers = [program.name for program in needed.services]
        self.makers: dict[str, Callable[[], Service]] = {
            program.name: lambda program=program: program  # type: ignore[misc]  # the loop's variable, kept
            for program in needed.services
        }
        self.makers["web"] = lambda: programs.web(env, self.variables)
        self.makers["beat"] = lambda: programs.beat(self.variables, self.home.ready)
        for number in range(int(os.environ[WORKERS_VARIABLE])):
            marks = self.home.ready / str(number)
            marks.mkdir(exist_ok=True)
            self.makers[f"worker-{number}"] = lambda marks=marks: programs.worker(env, self.variables, marks)  # type: ignore[misc]  # the loop's variable, kept
        self.running: dict[str, tuple[Service, subprocess.Popen[bytes]]] = {}

    def begin(self) -> dict[str, Any]:
        """Start everything; answers where it is."""
        for name in self.servers:
            self.start(name, and_wait=True)
        subprocess.run(
            [sys.executable, "-m", "config.prepare"],
            cwd=BASE_DIR,
            env=self.variables,
            stdout=self.log,
            stderr=self.log,
            check=True,
        )
        rest = [name for name in self.makers if name not in self.servers]
        for name in rest:
            self.start(name)
        for name in rest:
            service.wait_until_ready(*self.running[name])
        return {name: self.variables[name] for name in ("DATABASE_URL", "CELERY_BROKER_URL")} | {
            "KEY": self.variables["SEQUITUR_BOOTSTRAP_API_KEY"]
        }

    def start(self, name: str, *, and_wait: bool = False) -> None:
        program = self.makers[name]()
        self.running[name] = (program, service.spawn(program, output=self.log))
        if and_wait:
            service.wait_until_ready(*self.running[name])

    def obey(self, command: str, name: str = "") -> dict[str, Any]:
        """Do what a line says."""
        revived: list[str] = []
        if command == "look":
            revived = [each for each, (_, process) in self.running.items() if process.poll() is not None]
            for each in revived:
                self.start(each)
        elif command == "kill":
            _, process = self.running[name]
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.start(name)
        elif command == "crash":
            service.stop(*self.running[name], is_at_once=True)
            self.start(name, and_wait=True)
        return {"revived": revived, "pids": {each: process.pid for each, (_, process) in self.running.items()}}

    def end(self) -> None:
        for program, process in reversed(self.running.values()):
            service.stop(program, process, is_at_once=True)
        reach.remove_socket_directory(self.home.path)
        self.lock.close()


def main() -> None:
    """Obey until the input ends."""
    log_path = Path(os.environ["SEQUITUR_HOME"]).with_suffix(".log")
    with log_path.open("ab") as log:
        stagehand = Stagehand(log)
        try:
            _answer(stagehand.begin())
            for line in sys.stdin:
                _answer(stagehand.obey(*line.split()))
        finally:
            stagehand.end()


def _answer(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
