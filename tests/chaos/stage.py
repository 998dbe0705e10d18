"""A whole product of the test's own: servers, web, beat and workers, which may be killed one by one."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import redis

from config import up
from config.environment import BASE_DIR
from tests.chaos.stagehand import WORKERS_VARIABLE

LEASE_GRACE_SECONDS, REHINT_SECONDS = 1, 1
HOST = "127.0.0.1"
END_SECONDS = 60


class Stage:
    """Use it in a `with` block; it is taken down with the block."""

    def __init__(self, path: Path, *, workers: int) -> None:
        self.home, self.log = path / "home", path / "home.log"
        self.port = up.free_port(HOST)
        self.workers = workers
        self.revived: Counter[str] = Counter()
        self.pids: dict[str, int] = {}

    def __enter__(self) -> "Stage":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.stagehand"],
                cwd=BASE_DIR,
                env=self.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        found = self._answer()
        self.database_url, self.key = found["DATABASE_URL"], found["KEY"]
        self.socket = found["CELERY_BROKER_URL"].removeprefix("redis+socket://").partition("?")[0].replace("%2F", "/")
        self.look()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:  # the kernel ends what it started
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/api/v1"

    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}},
            "SEQUITUR_HOME": str(self.home),
            "SEQUITUR_HOST": HOST,
            "SEQUITUR_PORT": str(self.port),
            "SEQUITUR_WEB_WORKERS": "1",
            "SEQUITUR_WORKERS": "2",
            "SEQUITUR_PLUGINS": "tests.chaos.plugin",
            "SEQUITUR_OUTBOUND_ALLOW": f"{HOST}/32",
            "SEQUITUR_LEASE_GRACE_SECONDS": str(LEASE_GRACE_SECONDS),
            "SEQUITUR_REHINT_SECONDS": str(REHINT_SECONDS),
            "SEQUITUR_LOG_LEVEL": "WARNING",
            WORKERS_VARIABLE: str(self.workers),
        }

    def look(self) -> None:
        """Have started again what died by itself, and remember what it was."""
        self._tell("look")

    def kill(self, name: str) -> None:
        """SIGKILL to a program and all its children; it is started again at once."""
        self._tell(f"kill {name}")

    def crash_postgres(self) -> None:
        """Stop the server without a shutdown, and start it again: it recovers from its log."""
        self._tell("crash postgres")

    def database(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of the test's own."""
        return psycopg.connect(self.database_url, autocommit=True)

    def broker(self) -> redis.Redis:
        """A client of the test's own."""
        return redis.Redis(unix_socket_path=self.socket)

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def _tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        self.revived.update(name.partition("-")[0] for name in answer["revived"])
        self.pids = answer["pids"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"the stage came down:\n{self.log_tail()}"
        return dict(json.loads(line))
