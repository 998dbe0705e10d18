"""The command as a process: it is killed, told to stop, and several run at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from kombu import Connection

from core import tenancy
from core.models import Workspace
from tests import processes
from triggers.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "test-orders"
TAKEN = f"{QUEUE}:sequitur:taken"


def put(*bodies: Any) -> None:
    with Connection(os.environ["CELERY_BROKER_URL"]) as connection:
        producer = connection.Producer()
        for body in bodies:
            producer.publish(body, routing_key=QUEUE)


@contextmanager
def consumer(workspace: Workspace, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The process; it is ended with the block, however the block ends."""
    broker = os.environ["CELERY_BROKER_URL"]
    command = [sys.executable, "manage.py", "consume_events", "--broker", broker, "--queue", QUEUE]
    more = ["--workspace", workspace.slug, "--type", "order.paid", *arguments]
    process = subprocess.Popen(
        [*command, *more], env=processes.environment_of_test(), cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def numbers(workspace: Workspace) -> list[int]:
    with tenancy.scope(workspace.pk):
        return sorted(event.data["n"] for event in Event.objects.all())


def test_told_to_stop_it_finishes_its_batch(workspace: Workspace, empty_broker: redis.Redis) -> None:
    put(*({"n": number} for number in range(30)), b"\xff")
    with consumer(workspace) as process:
        processes.eventually(lambda: len(numbers(workspace)) == 30, what="the events are there")
        processes.eventually(lambda: empty_broker.llen(f"{QUEUE}.dead") == 1, what="the poison is put aside")
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=30)

    assert (process.returncode, printed.splitlines()[-1]) == (0, "30 accepted, 0 known already, 1 poison.")
    assert empty_broker.hkeys(TAKEN) == [b"number"]


@pytest.mark.long
def test_killed_at_any_moment_it_loses_and_doubles_nothing(workspace: Workspace, empty_broker: redis.Redis) -> None:
    total = 120
    put(*({"n": number} for number in range(total)))
    fast = ("--prefetch", "10", "--visibility-seconds", "1")
    for kill_at in (1, 50):
        with consumer(workspace, *fast) as process:
            processes.eventually(lambda at=kill_at: len(numbers(workspace)) >= at, what="some are there")  # type: ignore[misc]
            process.kill()

    with consumer(workspace, *fast), consumer(workspace, *fast):
        processes.eventually(lambda: len(set(numbers(workspace))) == total, what="all are there")
        processes.eventually(lambda: empty_broker.hkeys(TAKEN) == [b"number"], what="all are acknowledged")

    assert numbers(workspace) == [*range(total)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say what to read"),
        (["--queue", "a"], "Say what to read"),
        (["--queue", "a", "--workspace", "nobody"], "There is no workspace 'nobody'"),
        (["--queue", "a", "--workspace", "nobody", "--type", "two words"], "/routes/0/type"),
        (["--queue", "a", "--workspace", "nobody", "--prefetch", "0"], "--prefetch is from 1 to 1000"),
        (["--map", "/no/such/file"], "The map cannot be read"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_with_a_sentence(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("consume_events", "--broker", "redis://127.0.0.1:1", *arguments)


def test_a_map_names_the_queues(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(f"- {{ queue: a, workspace: {workspace.slug}, type: a }}\n- {{ queue: b, workspace: nobody }}\n")

    with pytest.raises(CommandError, match="There is no workspace 'nobody'"):
        call_command("consume_events", "--broker", "redis://127.0.0.1:1", "--map", str(path))
