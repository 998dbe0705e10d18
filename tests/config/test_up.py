"""`make up` as its user meets it: the whole product, started, used, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import up
from config.embedded import leftovers, reach
from config.embedded.home import Home
from config.environment import BASE_DIR
from tests.config.polling import eventually

READY_WITHIN_SECONDS = 120
OURS = ("SEQUITUR_", "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_", "PYTEST_", "MAKE")
Start = Callable[..., "Product"]


class Product:
    """A running `python -m config.up` and what it has said so far."""

    def __init__(self, home: Path, port: int, **variables: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.home, self.url = Home(home), f"http://127.0.0.1:{port}"
        self.said: list[str] = []
        started_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.up"],
            env={**inherited, "SEQUITUR_HOME": str(home), "SEQUITUR_PORT": str(port), **variables},
            cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.is_ready = self.read_to_banner()
        self.ready_after_seconds = time.monotonic() - started_at

    def read_to_banner(self) -> bool:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.split() == ["Stop", "Ctrl-C"]:
                return True
        self.process.wait()
        return False

    def end(self, number: signal.Signals) -> int:
        """Send the signal to the supervisor alone; returns its status once it has ended."""
        self.process.send_signal(number)
        self.said.append(self.process.communicate()[0])
        return self.process.returncode

    def children(self) -> list[int]:
        return [child["pid"] for child in json.loads(self.home.processes.read_text())]

    def banner(self, name: str) -> str:
        return next(line.split()[-1] for line in self.said if line.strip().startswith(name))


@pytest.fixture
def start() -> Iterator[Start]:
    products: list[Product] = []

    def run(home: Path, port: int, **variables: str) -> Product:
        products.append(Product(home, port, **variables))
        return products[-1]

    yield run
    for product in products:
        if product.process.poll() is None:
            product.end(signal.SIGTERM)
        reach.remove_socket_directory(product.home.path)


def manage(product: Product, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make manage` beside a running product."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    variables["SEQUITUR_HOME"] = str(product.home.path)
    command = [sys.executable, "-m", "config.manage", *arguments]
    return subprocess.run(command, env=variables, cwd=BASE_DIR, capture_output=True, text=True, check=True)


def status(url: str, **headers: str) -> int:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as response:
        return int(response.status)


def test_product_starts_refuses_a_second_survives_kill_9_and_starts_again(tmp_path: Path, start: Start) -> None:
    home, port = tmp_path / "home", up.free_port("127.0.0.1")

    first = start(home, port)
    assert first.is_ready, "".join(first.said)
    assert status(f"{first.url}/health/") == 200
    assert first.banner("Sequitur") == first.url
    assert first.banner("API key") == json.loads(first.home.credentials.read_text())["api_key"]

    same_home = start(home, up.free_port("127.0.0.1"))
    assert same_home.process.returncode == 1
    assert f"Sequitur runs already on {home} (process {first.process.pid})" in "".join(same_home.said)

    same_port = start(tmp_path / "other", port)
    assert same_port.process.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken" in "".join(same_port.said)
    assert not (tmp_path / "other" / "postgres").exists()

    children = first.children()
    first.end(signal.SIGKILL)
    assert len(children) == 5
    if sys.platform == "linux":
        assert eventually(lambda: all(leftovers.started(pid) is None for pid in children))

    again = start(home, port)
    assert again.is_ready, "".join(again.said)
    assert again.banner("API key") == first.banner("API key")
    assert not any("applied" in line for line in again.said)
    assert again.end(signal.SIGINT) == 0
    assert f"Stopped. The data stays in {home}" in again.said[-1]


@pytest.mark.long
def test_two_instances_run_side_by_side(tmp_path: Path, start: Start) -> None:
    one, two = (start(tmp_path / name, up.free_port("127.0.0.1")) for name in ("one", "two"))

    assert (status(f"{one.url}/health/"), status(f"{two.url}/health/")) == (200, 200)
    assert one.banner("API key") != two.banner("API key")
    key = manage(one, "create_api_key", "demo", "--name", "ci").stdout.strip()
    assert status(f"{one.url}/api/v1/events/", Authorization=f"Bearer {key}") == 200


def test_manage_without_an_instance_says_what_to_do(tmp_path: Path) -> None:
    variables = {**os.environ, "SEQUITUR_HOME": str(tmp_path / "none")}
    command = [sys.executable, "-m", "config.manage", "check"]

    refused = subprocess.run(command, env=variables, cwd=BASE_DIR, capture_output=True, text=True, check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"Cannot start: there is no instance in {tmp_path / 'none'}; `make up` makes one.\n"


def test_wrong_variable_is_named(tmp_path: Path, start: Start) -> None:
    refused = start(tmp_path, 1, SEQUITUR_WORKERS="many")

    assert refused.process.returncode == 1
    assert "SEQUITUR_WORKERS='many'" in "".join(refused.said)
    assert "Traceback" not in "".join(refused.said)


@pytest.mark.parametrize(
    ("given", "wall"),
    [({}, "on"), ({"SEQUITUR_ROW_SECURITY": "off"}, "off"), ({"DATABASE_URL": "postgresql://elsewhere/x"}, None)],
)
def test_the_second_wall_stands_on_the_embedded_database_unless_it_is_switched_off(
    given: dict[str, str], wall: str | None
) -> None:
    variables = dict(given)

    up.set_defaults(variables)

    assert variables.get("SEQUITUR_ROW_SECURITY") == wall


def test_demo_has_a_home_and_a_port_of_its_own_and_reaches_loopback() -> None:
    variables = {"SEQUITUR_OUTBOUND_ALLOW": "10.0.0.0/8"}

    up.set_demo_defaults(variables)

    assert variables["SEQUITUR_HOME"] == str(BASE_DIR / ".sequitur-demo")
    assert int(variables["SEQUITUR_PORT"]) > 1023
    assert variables["SEQUITUR_OUTBOUND_ALLOW"] == "10.0.0.0/8 127.0.0.1/32"


def test_demo_keeps_what_the_environment_says() -> None:
    variables = {"SEQUITUR_HOME": "/h", "SEQUITUR_PORT": "1234", "SEQUITUR_LOG_LEVEL": "DEBUG"}

    up.set_demo_defaults(variables)

    assert variables == {
        "SEQUITUR_HOME": "/h",
        "SEQUITUR_PORT": "1234",
        "SEQUITUR_LOG_LEVEL": "DEBUG",
        "SEQUITUR_OUTBOUND_ALLOW": "127.0.0.1/32",
    }
