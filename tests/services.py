"""Pytest plugin, loaded first: a real PostgreSQL and a real Valkey for the test run, in a temporary directory.

They start in the controlling process before Django reads its settings; worker processes of pytest-xdist use the same
two, each with a PostgreSQL database (pytest-django) and a Valkey database of its own. URLs that the environment names
win. The servers end with the run, and by the kernel's hand when the run is killed. They keep nothing, and are faster
for it, unless `SEQUITUR_TEST_DURABLE` is set: then they are as `make up` runs them, for benchmarks.
"""

import fcntl
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from config.embedded import postgres, service, valkey
from config.embedded.service import Service
from core import secret_box

ROOT_VARIABLE = "SEQUITUR_TEST_SERVERS"
DURABLE_VARIABLE = "SEQUITUR_TEST_DURABLE"
PREFIX = "sequitur-tests-"
WITHOUT_TESTS = ("collectonly", "showfixtures", "show_fixtures_per_test", "help", "version", "markers", "setupplan")


class Servers:
    """The servers of this run and the directory they live in."""

    def __init__(self) -> None:
        remove_leftovers()
        self.root = Path(tempfile.mkdtemp(prefix=PREFIX))
        # Held as long as we live: how a later run knows a leftover from a directory in use.
        self.lock = (self.root / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.running: list[tuple[Service, subprocess.Popen[bytes]]] = []
        self.is_durable = bool(os.environ.get(DURABLE_VARIABLE))

    def start(self) -> None:
        """Start what the environment does not name, and name it there."""
        if os.geteuid() == 0:
            self.root.chmod(0o711)
        self.export()
        if not os.environ.get("DATABASE_URL"):
            self.start_postgres()
        if not os.environ.get("CELERY_BROKER_URL"):
            self.start_valkey()
        for program, process in self.running:
            service.wait_until_ready(program, process)

    def export(self) -> None:
        """Name what the product's processes read, for this one and those that tests start."""
        os.environ["SEQUITUR_HOME"] = str(self.root / "home")
        os.environ["SEQUITUR_SECRET_KEY"] = secrets.token_urlsafe()
        os.environ["SEQUITUR_ENCRYPTION_KEYS"] = secret_box.new_key()
        os.environ["SEQUITUR_OUTBOUND_ALLOW"] = "127.0.0.1/32"
        os.environ.setdefault("SEQUITUR_ROW_SECURITY", "on")
        os.environ["SEQUITUR_PLUGINS"] = "examples.crm examples.streaming"

    def start_postgres(self) -> None:
        cluster = postgres.Cluster(
            binaries=postgres.find_binaries(os.environ),
            data=self.root / "postgres",
            sockets=self.root / "p",
            control=self.root / "control",
            log=self.root / "postgres.log",
        )
        identity = postgres.prepare(cluster)
        settings = postgres.DURABLE if self.is_durable else postgres.THROWAWAY
        self.run(postgres.service(cluster, identity, settings=settings))
        os.environ["DATABASE_URL"] = cluster.url
        os.environ["SEQUITUR_QUERY_DATABASE_URL"] = cluster.query_url

    def start_valkey(self) -> None:
        store = valkey.Store(
            binary=valkey.find_binary(os.environ),
            data=self.root / "valkey",
            sockets=self.root / "v",
            log=self.root / "valkey.log",
        )
        valkey.prepare(store)
        self.run(valkey.service(store, settings=valkey.DURABLE if self.is_durable else valkey.THROWAWAY))
        os.environ["CELERY_BROKER_URL"] = store.url()
        os.environ[ROOT_VARIABLE] = str(self.root)

    def run(self, program: Service) -> None:
        self.running.append((program, service.spawn(program)))

    def stop(self) -> None:
        for program, process in reversed(self.running):
            service.stop(program, process, is_at_once=True)
        self.running.clear()
        shutil.rmtree(self.root, ignore_errors=True)
        self.lock.close()


def remove_leftovers() -> None:
    """Remove directories of runs that were killed: nobody holds their lock any more."""
    for root in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if root.lstat().st_uid != os.geteuid():
                continue
            with (root / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(root, ignore_errors=True)
        except OSError:
            continue


def use_own_database(worker: str) -> None:
    """Give the xdist worker `gw<N>` database N + 1 of the Valkey that the controller started."""
    number = int(re.sub(r"\D", "", worker)) + 1
    if ROOT_VARIABLE in os.environ:
        os.environ["CELERY_BROKER_URL"] = re.sub(
            r"virtual_host=\d+", f"virtual_host={number}", os.environ["CELERY_BROKER_URL"]
        )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers before pytest-django, which hooks in here too, imports the settings."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        use_own_database(worker)
        return
    options = early_config.known_args_namespace
    if any(getattr(options, name, None) for name in WITHOUT_TESTS):
        return
    servers = Servers()
    early_config.add_cleanup(servers.stop)
    servers.start()
