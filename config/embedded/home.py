"""The data directory of one instance (`SEQUITUR_HOME`): what lies where in it, and that only one runs on it."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from config.embedded.errors import StartError


@dataclass(frozen=True)
class Home:
    """Paths of one instance; nothing is made before it is `open_home`ed."""

    path: Path

    @property
    def credentials(self) -> Path:
        return self.path / "credentials.json"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def control(self) -> Path:
        return self.path / "control"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    @property
    def processes(self) -> Path:
        return self.path / "processes.json"

    @property
    def ready(self) -> Path:
        return self.path / "ready"


def open_home(path: Path) -> tuple[Home, TextIO]:
    """Make the directory and take it for this process, as long as the returned file stays open.

    Raises `StartError` when another instance has it, or it cannot be made. Concurrency: flock, so a killed instance
    leaves nothing behind that would keep the next one out.
    """
    home = Home(path)
    try:
        home.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        for directory in (home.logs, home.mail, home.ready):
            directory.mkdir(mode=0o700, exist_ok=True)
        lock = (home.path / "lock").open("a+")
    except OSError as error:
        raise StartError(f"The data directory {path} cannot be used ({error.strerror}). Set SEQUITUR_HOME.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        raise StartError(
            f"Sequitur runs already on {path} (process {holder}). Stop it with Ctrl-C in its terminal, or start a "
            "second one beside it: make up SEQUITUR_HOME=<another directory> SEQUITUR_PORT=<another port>"
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return home, lock
