"""The product's own programs as the supervisor runs them: web, worker, beat, and those that run once."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from config.embedded.service import READY_VARIABLE, Service
from config.environment import BASE_DIR, Environment

ANSWER_TIMEOUT_SECONDS = 5
WORKER_STOP_MARGIN_SECONDS = 10  # to interrupt what was not finished in time, and to end what does not mind
BEAT_STOP_SECONDS = 10
WEB_STOP_SECONDS = 15  # over gunicorn's graceful_timeout
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where one connects to what listens everywhere


def url(env: Environment) -> str:
    """Return where a browser on this machine finds the product."""
    host = ANYWHERE.get(env.host, env.host)
    return f"http://[{host}]:{env.port}" if ":" in host else f"http://{host}:{env.port}"


def web(env: Environment, variables: Mapping[str, str]) -> Service:
    """Gunicorn; ready when it answers a request."""
    return Service(
        name="web",
        command=[sys.executable, "-m", "gunicorn", "--config", "python:config.web", "config.wsgi"],
        environment=variables,
        cwd=BASE_DIR,
        is_ready=partial(_answers, ANYWHERE.get(env.host, env.host), env.port),
        stop_within_seconds=WEB_STOP_SECONDS,
    )


def worker(env: Environment, variables: Mapping[str, str], marks: Path) -> Service:
    """Celery's worker on all queues; ready when it consumes."""
    options = ["--concurrency", str(env.workers), "--without-gossip", "--without-mingle"]
    return _celery(
        "worker", options, variables, marks, stop_within_seconds=env.stop_seconds + WORKER_STOP_MARGIN_SECONDS
    )


def beat(variables: Mapping[str, str], marks: Path) -> Service:
    """Celery's beat, its schedule in the database: there is no file to leave behind."""
    return _celery("beat", ["--pidfile="], variables, marks, stop_within_seconds=BEAT_STOP_SECONDS)


def once(name: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Service:
    """A Python program of the product that runs to its end, e.g. `["manage.py", "demo"]`."""
    return Service(
        name=name,
        command=[sys.executable, *arguments],
        environment=variables,
        cwd=BASE_DIR,
        is_ready=lambda: True,
    )


def _celery(
    name: str, options: Sequence[str], variables: Mapping[str, str], marks: Path, *, stop_within_seconds: float
) -> Service:
    mark = marks / name
    mark.unlink(missing_ok=True)
    return Service(
        name=name,
        command=[sys.executable, "-m", "celery", "--quiet", "--app", "config", name, *options],
        environment={**variables, READY_VARIABLE: str(mark), "PYTHONWARNINGS": _warnings(variables)},
        cwd=BASE_DIR,
        is_ready=mark.exists,
        stop_within_seconds=stop_within_seconds,
    )


def _warnings(variables: Mapping[str, str]) -> str:
    """Add Celery's sermon on running as root, meant for pickle messages, to what the environment ignores."""
    return ",".join(filter(None, [variables.get("PYTHONWARNINGS"), "ignore:You're running the worker with superuser"]))


def _answers(host: str, port: int) -> bool:
    """Whether the web process serves its health page; a port that is only open is not enough."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
