"""RabbitMQ for tests, where one answers: a virtual host of their own if `rabbitmqctl` may make one, else the URL's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kombu import Connection

from core import dead_queues, ids

URL = os.environ.get("RABBITMQ_TEST_URL", "amqp://guest:guest@127.0.0.1:5672//")
QUEUES = ("events", "runs", "actions", "notifications", "maintenance", dead_queues.INTAKE, *dead_queues.SHELVES)


def answers(url: str = URL) -> bool:
    """Whether there is one."""
    try:
        with Connection(url, connect_timeout=1, transport_options={"max_retries": 0}) as connection:
            connection.connect()
    except Exception:  # noqa: BLE001  whatever it is, there is none to test with
        return False
    return True


@contextmanager
def virtual_host() -> Iterator[str]:
    """The URL of a virtual host that is empty. Skips the test where no RabbitMQ answers."""
    if not answers():
        pytest.skip("no RabbitMQ answers at RABBITMQ_TEST_URL or on this machine")
    name = f"sequitur-test-{ids.new_id()}"
    own = URL.removesuffix("/").rpartition("/")[0] + f"/{name}"
    user = Connection(URL).userid or "guest"
    if _control("add_vhost", name) and _control("set_permissions", "-p", name, user, ".*", ".*", ".*"):
        try:
            yield own
        finally:
            _control("delete_vhost", name)
        return
    _delete_queues(URL)
    yield URL
    _delete_queues(URL)


def _control(*arguments: str) -> bool:
    program = shutil.which("rabbitmqctl")
    if program is None:
        return False
    return subprocess.run([program, *arguments], capture_output=True, check=False, timeout=60).returncode == 0


def _delete_queues(url: str) -> None:
    with Connection(url) as connection:
        channel: Any = connection.default_channel
        for name in QUEUES:
            channel.queue_delete(name)


def length(url: str, queue: str) -> int:
    """How many messages wait in the queue of a broker of any kind."""
    with Connection(url) as connection:
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except connection.channel_errors:
            return 0
