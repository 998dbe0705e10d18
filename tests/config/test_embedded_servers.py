"""The two servers, really started: they answer, keep their data, and are closed to others."""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import kernel, postgres, reach, servers, service, valkey
from config.embedded.errors import StartError
from config.embedded.home import Home, open_home
from config.environment import BASE_DIR
from tests.config.polling import eventually

AS_ROOT = os.geteuid() == 0


class Instance:
    """Both servers of a home, started and stopped by hand."""

    def __init__(self, path: Path) -> None:
        self.home, self.lock = open_home(path)
        self.servers = servers.prepare(self.home, {})
        self.running: list[tuple[service.Service, subprocess.Popen[bytes]]] = []
        self.start()

    def start(self) -> None:
        self.running = [(program, service.spawn(program)) for program in self.servers.services]
        for program, process in self.running:
            service.wait_until_ready(program, process)

    def stop(self) -> None:
        for program, process in reversed(self.running):
            service.stop(program, process)
        self.running = []

    def close(self) -> None:
        self.stop()
        self.lock.close()
        reach.remove_socket_directory(self.home.path)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.servers.variables["DATABASE_URL"]) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def valkey(self) -> redis.Redis:
        url = self.servers.variables["CELERY_BROKER_URL"]
        return redis.Redis(unix_socket_path=url.removeprefix("redis+socket://").partition("?")[0])


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """As root this home is below a directory that PostgreSQL's user may not enter: pytest makes it 0700."""
    instance = Instance(tmp_path_factory.mktemp("closed", numbered=True) / "home")
    yield instance
    instance.close()


def test_both_answer(instance: Instance) -> None:
    with instance.valkey() as client:
        assert client.ping()

    assert instance.query("SELECT current_user, current_database()") == [("sequitur", "sequitur")]


def test_data_outlives_a_restart(instance: Instance) -> None:
    instance.query("CREATE TABLE kept (word text)")
    instance.query("INSERT INTO kept VALUES ('still here')")
    with instance.valkey() as client:
        client.set("kept", "still here")
        client.execute_command("WAITAOF", 1, 0, 2000)

    instance.stop()
    instance.start()

    with instance.valkey() as client:
        assert client.get("kept") == b"still here"
    assert instance.query("SELECT word FROM kept") == [("still here",)]


def test_nothing_listens_on_tcp(instance: Instance) -> None:
    with instance.valkey() as client:
        assert client.config_get("port") == {"port": "0"}

    assert instance.query("SHOW listen_addresses") == [("",)]


def test_broker_forgets_nothing(instance: Instance) -> None:
    with instance.valkey() as client:
        wanted = client.config_get("maxmemory-policy", "appendonly", "appendfsync")

    assert wanted == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"}


def test_sockets_lie_in_closed_directories(instance: Instance) -> None:
    sockets = [Path(str(row[0])) for row in instance.query("SHOW unix_socket_directories")]
    with instance.valkey() as client:
        sockets.append(Path(str(client.config_get("unixsocket")["unixsocket"])).parent)

    assert [path.stat().st_mode & 0o777 for path in sockets] == [0o700, 0o700]


@pytest.mark.skipif(not AS_ROOT, reason="only root can ask as somebody else")
def test_another_user_is_not_let_in(instance: Instance) -> None:
    """Peer authentication: even the server's own user, who may enter the socket's directory, is refused."""
    code = (
        "import os, psycopg, sys\n"
        "os.setuid(int(sys.argv[1]))\n"
        "try: psycopg.connect(sys.argv[2])\n"
        "except psycopg.OperationalError as error: sys.exit('Peer authentication failed' not in str(error))\n"
        "sys.exit(2)\n"
    )
    owner = instance.home.postgres.stat().st_uid
    url = instance.servers.variables["DATABASE_URL"]
    setup = kernel.child_setup(
        death_signal=9, identity=kernel.Identity(name="it", uid=owner, gid=owner, reads_everywhere=True)
    )

    done = subprocess.run([sys.executable, "-c", code, str(owner), url], preexec_fn=setup, check=False)

    assert done.returncode == 0


@pytest.mark.skipif(not AS_ROOT, reason="the other tests are this one then")
def test_both_start_for_an_ordinary_user(tmp_path: Path) -> None:
    """The child reads the interpreter wherever root has it, but is `nobody` in all else."""
    nobody = pwd.getpwnam("nobody")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    code = (
        "import os, sys; from pathlib import Path; from tests.config.test_embedded_servers import Instance\n"
        "instance = Instance(Path(sys.argv[1]))\n"
        "print(os.geteuid(), instance.query('SELECT 1'), instance.valkey().ping()); instance.close()\n"
    )
    identity = kernel.Identity(name="nobody", uid=nobody.pw_uid, gid=nobody.pw_gid, reads_everywhere=True)

    done = subprocess.run(
        [sys.executable, "-c", code, str(home)], cwd=BASE_DIR, capture_output=True, text=True, check=False,
        preexec_fn=kernel.child_setup(death_signal=9, identity=identity),
    )  # fmt: skip

    assert (done.stdout, done.stderr) == (f"{nobody.pw_uid} [(1,)] True\n", "")
    assert (home / "postgres").stat().st_uid == nobody.pw_uid


def test_server_of_a_killed_parent_ends(tmp_path: Path, instance: Instance) -> None:
    if not kernel.IS_LINUX:
        pytest.skip("elsewhere the next start ends it")
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.config.test_embedded_servers import Instance\n"
        "instance = Instance(Path(sys.argv[1]))\n"
        "print(*[process.pid for _, process in instance.running], flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home")], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )

    pids = [int(pid) for pid in done.stdout.split()]
    reach.remove_socket_directory(tmp_path / "home")
    assert len(pids) == 2
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_urls_in_the_environment_leave_nothing_to_start(tmp_path: Path) -> None:
    named = {"DATABASE_URL": "postgresql://elsewhere/db", "CELERY_BROKER_URL": "redis://elsewhere"}

    prepared = servers.prepare(Home(tmp_path), named)

    assert prepared == servers.Servers()
    assert list(tmp_path.iterdir()) == []


def test_data_of_another_version_is_refused(tmp_path: Path, instance: Instance) -> None:
    home = Home(tmp_path)
    home.postgres.mkdir()
    (home.postgres / "PG_VERSION").write_text("14\n")

    with pytest.raises(StartError, match=r"is of PostgreSQL 14, the programs are \d+"):
        servers.prepare(home, {"CELERY_BROKER_URL": "redis://elsewhere"})


@pytest.mark.parametrize(
    ("variable", "find"),
    [(postgres.BIN_VARIABLE, postgres.find_binaries), (valkey.BIN_VARIABLE, valkey.find_binary)],
    ids=["postgres", "valkey"],
)
def test_programs_named_in_the_environment_come_first(
    tmp_path: Path, variable: str, find: Callable[[Mapping[str, str]], Path]
) -> None:
    (tmp_path / "postgres").touch()

    assert find({variable: str(tmp_path)}) == tmp_path
    with pytest.raises(StartError, match=variable):
        find({variable: str(tmp_path / "missing")})
