"""Real workers, on Valkey and on RabbitMQ, between whose messages somebody puts what nobody can take."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import Celery
from kombu import Connection

from config import celery as product
from core import dead_queues, tenancy
from core.models import DeadLetter, Workspace
from core.services import collecting
from tests import processes, rabbitmq
from tests.processes import Worker

pytestmark = pytest.mark.django_db(transaction=True)

TASKS = "workflows.tasks,triggers.tasks,tests.core.worker.deadly_tasks"
DEATHS = 3
ENVIRONMENT = {"SEQUITUR_MAX_MESSAGE_DEATHS": str(DEATHS)}


@pytest.fixture(params=["valkey", "rabbitmq"])
def url(request: pytest.FixtureRequest, empty_broker: redis.Redis) -> Iterator[str]:
    if request.param == "valkey":
        yield os.environ["CELERY_BROKER_URL"]
        return
    with rabbitmq.virtual_host() as own:
        yield own


@pytest.fixture
def app(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """The product's application as its processes have it with this broker; the collector reads there."""
    monkeypatch.setenv("CELERY_BROKER_URL", url)  # which Celery obeys, whatever it is told; the worker too
    made = Celery(set_as_current=False)
    made.conf.update(
        task_queues=product.task_queues(url),
        task_create_missing_queues=False,
        task_ignore_result=True,
        broker_transport_options=product.transport_options(url),
    )
    yield made
    made.close()


def send(app: Celery, queue: str, body: Any, headers: dict[str, Any] | None = None, **properties: Any) -> None:
    """Publish a message by hand, with nothing of Celery's around it."""
    with app.producer_or_acquire() as producer:
        producer.publish(
            body, exchange="", routing_key=queue, declare=[app.amqp.queues[queue]], headers=headers, **properties
        )


def call(task: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The body and the headers of a call, as Celery writes them."""
    return {"body": [list(args), kwargs, {}], "headers": {"task": task, "id": str(uuid4()), "lang": "py"}}


def poison(app: Celery) -> Counter[str]:
    """One of every kind, into several queues; returns how many letters with which code are to come of it."""
    send(app, "events", b"{ broken", content_type="application/json", content_encoding="utf-8")
    send(app, "events", b"{ broken", call("triggers.match_events")["headers"], content_type="application/json")
    pickle = call("triggers.match_events")["headers"]
    send(app, "events", b"\x80\x04N.", pickle, content_type="application/x-python-serialize", content_encoding="binary")
    send(app, "events", b"<x/>", call("triggers.match_events")["headers"], content_type="text/xml")
    send(app, "runs", {"hello": "world"})
    send(app, "actions", **call("nobody.knows_this"))
    send(app, "actions", **call("workflows.execute_action"))
    send(app, "actions", **call("workflows.execute_action", "x", colour="red"))
    send(app, "actions", **call("workflows.execute_action", "no-uuid"))
    send(app, "events", **call("triggers.match_events", ["no-uuid"]))
    send(app, "events", **call("triggers.match_events", 7))
    send(app, "events", [1, 2], call("triggers.match_events")["headers"])
    send(app, "runs", [[], {}, {}], {**call("workflows.cancel_run")["headers"], "timelimit": "soon"})
    far = {**call("workflows.cancel_run")["headers"], "eta": "2999-01-01T00:00:00+00:00"}
    send(app, "runs", [[], {}, {}], far)  # a worker would hold it, and a flood of them would hold the worker
    send(app, "runs", [[], {}, {}], {"task": "workflows.cancel_run"})
    send(app, "events", b"x" * 5_000_000, call("triggers.match_events")["headers"], content_type="text/plain")
    codes = Counter(undecodable=2, content_type=3, malformed=4, unknown_task=1, wrong_arguments=6)
    return codes + raw(app)


def raw(app: Celery) -> Counter[str]:
    """On Redis anybody can push what is not even a message."""
    if os.environ["CELERY_BROKER_URL"].startswith("amqp"):
        return Counter()
    values = [b"garbage", b"\xff\xfe", b"[]", b'{"body": "x"}', b'{"properties": {"delivery_tag": 1}, "headers": 3}']
    client = redis.Redis.from_url(
        os.environ["CELERY_BROKER_URL"].replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    )
    for value in values:
        client.lpush("notifications", value)
    return Counter(undecodable=len(values))


def letters() -> Counter[str]:
    with tenancy.unscoped("a test"):
        return Counter(DeadLetter.objects.values_list("code", flat=True))


def good(app: Celery, *names: str) -> None:
    for name in names:
        send(app, "actions", **call("tests.note", name))


def noted() -> set[str]:
    return set(Workspace.objects.filter(name="noted").values_list("slug", flat=True))


def is_alive(running: Worker) -> bool:
    return running.process.poll() is None


def test_poison_of_every_kind_becomes_letters_and_good_messages_go_on(app: Celery, url: str) -> None:
    good(app, "before")
    expected = poison(app)
    good(app, "after")

    with processes.worker(include=TASKS) as running:
        processes.eventually(
            lambda: letters() == expected, meanwhile=lambda: collecting.collect(app), what="each poison is a letter"
        )
        processes.eventually(lambda: noted() == {"before", "after"}, what="the good ones are done")
        assert is_alive(running)

    collecting.collect(app)
    assert letters() == expected
    assert sum(rabbitmq.length(url, shelf) for shelf in dead_queues.SHELVES) == expected.total()
    assert rabbitmq.length(url, dead_queues.INTAKE) == 0
    with tenancy.unscoped("a test"):
        found = set(DeadLetter.objects.values_list("kind", "status"))
        assert (found, DeadLetter.objects.filter(workspace=None).count()) == ({("message", "open")}, expected.total())


@pytest.mark.long
def test_a_message_that_kills_its_worker_is_given_up_after_so_many(app: Celery, url: str) -> None:
    send(app, "actions", **call("tests.kill_worker"))
    good(app, "after")

    with processes.worker(concurrency=1, include=TASKS, environment=ENVIRONMENT) as running:
        processes.eventually(
            lambda: letters() == Counter(killed_worker=1),
            meanwhile=lambda: collecting.collect(app),
            what="it is a letter",
        )
        processes.eventually(lambda: noted() == {"after"}, what="the good one is done")
        assert is_alive(running)
        running.stop()  # not killed: what it has done is to be acknowledged

    with tenancy.unscoped("a test"):
        letter = DeadLetter.objects.get()
    assert (letter.attempts, letter.task, letter.queue) == (DEATHS, "tests.kill_worker", "actions")
    assert rabbitmq.length(url, "actions") == 0


@pytest.mark.long
def test_a_message_whose_whole_worker_is_killed_each_time_is_given_up(app: Celery, url: str) -> None:
    """What a broker says to the worker after: it was delivered before. So somebody counts."""
    message = call("tests.note", "late")
    send(app, "actions", message["body"], {**message["headers"], "x-sequitur-deaths": DEATHS - 1})
    with Connection(url) as connection:  # a worker that takes it and goes away
        taken = app.amqp.queues["actions"](connection.default_channel).get()
        assert taken is not None
        taken.requeue()

    with processes.worker(include=TASKS, environment=ENVIRONMENT):
        processes.eventually(
            lambda: letters() == Counter(killed_worker=1),
            meanwhile=lambda: collecting.collect(app),
            what="it is a letter",
        )

    assert noted() == set()


@pytest.mark.long
def test_a_flood_of_poison_stops_nobody(app: Celery, url: str) -> None:
    number, step = 10_000, 1000
    good(app, "first")
    events = app.amqp.queues["events"]
    with app.producer_or_acquire() as producer:
        for index in range(number):
            body, headers = json.dumps({"n": index}), call("nobody.knows_this")["headers"]
            place: dict[str, Any] = {"exchange": "", "routing_key": "events", "declare": [events]}
            producer.publish(body, headers=headers, content_type="application/json", **place)
    good(app, "last")

    with processes.worker(include=TASKS) as running:
        processes.eventually(lambda: noted() == {"first", "last"}, what="the good ones are done")
        for wanted in range(step, number + step, step):  # a minute for each thousand
            processes.eventually(
                lambda: letters()["unknown_task"] >= wanted,  # noqa: B023  called before the loop goes on
                meanwhile=lambda: collecting.collect(app),
                what=f"{wanted} letters",
            )
        assert is_alive(running)

    collecting.collect(app)
    assert letters() == Counter(unknown_task=number)
    assert rabbitmq.length(url, dead_queues.EVENTS_SHELF) == min(number, dead_queues.MAX_SHELVED)


@pytest.mark.parametrize("url", ["rabbitmq"], indirect=True)
def test_what_rabbitmq_itself_gives_up_is_a_letter(app: Celery, url: str) -> None:
    with app.connection_for_write() as connection:
        for queue in dead_queues.of_broker():
            queue(connection.default_channel).declare()
        send(app, "runs", **call("workflows.cancel_run", "x"))
        taken = app.amqp.queues["runs"](connection.default_channel).get()
        assert taken is not None
        taken.reject(requeue=False)
        processes.eventually(lambda: bool(rabbitmq.length(url, dead_queues.INTAKE)), what="RabbitMQ has moved it")

    collecting.collect(app)

    assert letters() == Counter(rejected=1)
    assert [rabbitmq.length(url, name) for name in dead_queues.SHELVES] == [0, 1]
