import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from config import up
from config.environment import BASE_DIR
from tests.config.polling import eventually

THREADS = 2
COMMAND = [
    sys.executable,
    "-m",
    "gunicorn",
    "--worker-class",
    "config.web_worker.DeadlineWorker",
    "--threads",
    str(THREADS),
]


@pytest.fixture
def port() -> Iterator[int]:
    """Where a gunicorn with two threads answers, which gives a client a second to send its request."""
    number = up.free_port("127.0.0.1")
    process = subprocess.Popen(
        [*COMMAND, "--bind", f"127.0.0.1:{number}", "--no-control-socket", "tests.config.web_app:application"],
        env={**os.environ, "SEQUITUR_REQUEST_READ_SECONDS": "1"},
        cwd=BASE_DIR,
    )
    try:
        assert eventually(lambda: answers(number))
        yield number
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b"200 OK" in client.recv(1000)
    except OSError:
        return False


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nX-a: ", b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n"])
def test_clients_that_drip_their_request_do_not_hold_the_threads(port: int, begun: bytes) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(THREADS * 2)]
    for client in slow:
        client.sendall(begun)

    until = time.monotonic() + 30
    while not answers(port):
        assert time.monotonic() < until, "no thread became free"
        for client in slow:
            try:
                client.sendall(b"a")
            except OSError:
                continue

    for client in slow:
        client.close()
