"""The web server as it is run, gunicorn with our settings, on the test's own database and a free port of loopback."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection

from django.conf import settings

from tests import processes


@contextmanager
def server(*, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Its URL, such as `http://127.0.0.1:45678`. It ends with the block, however the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        **processes.environment_of_test(),
        "SEQUITUR_PORT": str(port),
        "SEQUITUR_WEB_WORKERS": "1",
        "SEQUITUR_LOG_LEVEL": "ERROR",
        **(environment or {}),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.web", "config.wsgi"]
    process = subprocess.Popen(command, env=variables, cwd=settings.BASE_DIR)
    try:
        processes.eventually(lambda: process.poll() is not None or _answers(port), what="the server answers")
        assert process.poll() is None, "the server ended"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=processes.DEADLINE_SECONDS)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
