"""Queues of a real Valkey, and of RabbitMQ where one answers."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from kombu import Connection, Queue

from core import ids
from triggers.bus.kombu_source import KombuSource
from triggers.bus.redis_source import RedisSource
from triggers.bus.source import BusError, Source

RABBITMQ = os.environ.get("RABBITMQ_TEST_URL", "amqp://guest:guest@127.0.0.1:5672//")


def _answers(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=1, transport_options={"max_retries": 0}) as connection:
            connection.connect()
    except Exception:  # noqa: BLE001  whatever it is, there is none to test with
        return False
    return True


@pytest.fixture(params=["valkey", "rabbitmq"])
def url(request: pytest.FixtureRequest, empty_broker: redis.Redis) -> str:
    if request.param == "valkey":
        return os.environ["CELERY_BROKER_URL"]
    if not _answers(RABBITMQ):
        pytest.skip("no RabbitMQ answers at RABBITMQ_TEST_URL or on this machine")
    return RABBITMQ


@pytest.fixture
def queue(url: str) -> Iterator[str]:
    name = f"test-{ids.new_id()}"
    yield name
    with Connection(url) as connection:
        for each in (name, f"{name}.dead"):
            Queue(each)(connection.default_channel).delete()


def put(url: str, queue: str, *bodies: Any, **properties: Any) -> None:
    with Connection(url) as connection:
        producer = connection.Producer()
        for body in bodies:
            producer.publish(body, routing_key=queue, declare=[Queue(queue, durable=True)], **properties)


def opened(url: str, queue: str, *, prefetch: int = 100, visibility_seconds: float = 60) -> Source:
    if url.startswith("amqp"):
        return KombuSource(url, [queue], prefetch=prefetch)
    return RedisSource(url, [queue], visibility_seconds=visibility_seconds)


def read(source: Source, number: int = 100) -> list[bytes]:
    return [message.body for message in source.read(max_messages=number, wait_seconds=1)]


def test_messages_come_as_they_were_sent_with_an_id_that_stays(url: str, queue: str) -> None:
    put(url, queue, {"n": 1}, headers={"ce-id": "7"}, message_id="m7")
    source = opened(url, queue)
    [message] = source.read(max_messages=10, wait_seconds=2)
    source.close()
    second = opened(url, queue)
    [again] = second.read(max_messages=10, wait_seconds=2)
    second.acknowledge([again])
    second.close()

    assert (message.queue, message.body, message.content_type) == (queue, b'{"n": 1}', "application/json")
    assert (message.headers["ce-id"], message.id, again.id) == ("7", "m7", "m7")


def test_what_is_acknowledged_does_not_come_back(url: str, queue: str) -> None:
    put(url, queue, *range(5))
    source = opened(url, queue)
    source.acknowledge(source.read(max_messages=3, wait_seconds=2))
    source.close()

    second = opened(url, queue)
    assert sorted(read(second)) == [b"3", b"4"]
    second.close()


def test_poison_is_put_aside_unchanged_with_the_reason(url: str, queue: str) -> None:
    put(url, queue, b"\xff not json", headers={"x": "1"}, content_type="application/octet-stream")
    source = opened(url, queue)
    [message] = source.read(max_messages=10, wait_seconds=2)
    source.bury(message, reason="The document is not UTF-8.")
    source.acknowledge([message])
    source.close()

    dead = opened(url, f"{queue}.dead")
    [found] = dead.read(max_messages=10, wait_seconds=2)
    dead.acknowledge([found])
    dead.close()
    assert found.body == b"\xff not json"
    assert (found.headers["x"], found.headers["x-sequitur-reason"]) == ("1", "The document is not UTF-8.")


def test_two_share_what_is_in_a_queue(url: str, queue: str) -> None:
    put(url, queue, *range(20))
    first, second = opened(url, queue, prefetch=5), opened(url, queue, prefetch=5)

    found = [*read(first, 5), *read(second, 5)]
    first.close()
    second.close()

    assert len(found) == len(set(found)) == 10


def test_a_queue_that_exists_with_other_arguments_is_read(url: str, queue: str) -> None:
    with Connection(url) as connection:
        Queue(queue, durable=True, queue_arguments={"x-max-length": 10})(connection.default_channel).declare()
        connection.Producer().publish({"n": 1}, routing_key=queue)

    source = opened(url, queue)
    assert read(source) == [b'{"n": 1}']
    source.close()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_is_an_error_of_the_bus(scheme: str) -> None:
    with pytest.raises(BusError):
        opened(f"{scheme}://127.0.0.1:1/0", "orders").read(max_messages=1, wait_seconds=0)


def test_bare_values_of_a_list_are_messages_with_an_id_that_stays(empty_broker: redis.Redis) -> None:
    url = os.environ["CELERY_BROKER_URL"]
    empty_broker.lpush("orders", b'{"n": 1}', b"\xff")
    killed = opened(url, "orders")
    taken = killed.read(max_messages=10, wait_seconds=1)

    nobody = opened(url, "orders", visibility_seconds=60)
    assert nobody.read(max_messages=10, wait_seconds=0) == []
    second = opened(url, "orders", visibility_seconds=0)
    again = second.read(max_messages=10, wait_seconds=1)
    second.acknowledge(again)

    assert [message.body for message in again] == [b'{"n": 1}', b"\xff"]
    assert [message.id for message in again] == [message.id for message in taken]
    assert second.read(max_messages=10, wait_seconds=0) == []


def test_messages_of_every_priority_are_read_the_most_urgent_first(empty_broker: redis.Redis) -> None:
    url = os.environ["CELERY_BROKER_URL"]
    put(url, "orders", "later", priority=9)
    put(url, "orders", "now", priority=0)

    assert read(opened(url, "orders")) == [b"now", b"later"]
