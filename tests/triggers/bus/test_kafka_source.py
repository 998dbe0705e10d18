"""Topics of the mock cluster that librdkafka has in it: a real protocol, in this process."""

import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from core.errors import InvalidError
from triggers.bus.kafka_source import KafkaSource
from triggers.bus.source import BusError

kafka = pytest.importorskip("confluent_kafka")

FAST = {"session.timeout.ms": "6000", "topic.metadata.refresh.interval.ms": "200"}


@pytest.fixture
def servers() -> Iterator[str]:
    """The brokers live as long as the client that made them."""
    maker = kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock"})
    metadata = maker.list_topics(timeout=10)
    yield ",".join(f"{each.host}:{each.port}" for each in metadata.brokers.values())
    maker.flush(1)


def put(servers: str, topic: str, *bodies: bytes, **more: Any) -> None:
    producer = kafka.Producer({"bootstrap.servers": servers})
    for body in bodies:
        producer.produce(topic, value=body, **more)
    assert producer.flush(10) == 0


def opened(servers: str, *topics: str) -> KafkaSource:
    return KafkaSource(servers, topics, group="sequitur", options=FAST)


def read(source: KafkaSource, number: int) -> list[Any]:
    """So many messages, however many looks it takes: a group needs some seconds to form."""
    found: list[Any] = []
    for _ in range(30):
        if len(found) >= number:
            break
        found += source.read(max_messages=number - len(found), wait_seconds=1)
    return found


def test_messages_come_as_they_were_sent_with_their_place_as_id(servers: str) -> None:
    put(servers, "orders", b'{"n": 1}', headers=[("ce_id", b"7"), ("content-type", b"application/json")], partition=0)
    source = opened(servers, "orders")

    [message] = read(source, 1)
    source.close()

    assert (message.queue, message.body, message.headers["ce_id"]) == ("orders", b'{"n": 1}', "7")
    assert message.content_type == "application/json"
    assert message.id.startswith("orders-0-0@1")


@pytest.mark.long
def test_what_is_not_committed_comes_again_and_what_is_does_not(servers: str) -> None:
    put(servers, "orders", b"1", b"2", b"3", partition=0)
    first = opened(servers, "orders")
    messages = read(first, 3)
    first.acknowledge(messages[:2])
    first.close()

    second = opened(servers, "orders")
    again = read(second, 1)
    second.close()

    assert [each.body for each in messages] == [b"1", b"2", b"3"]
    assert [(each.body, each.id) for each in again] == [(b"3", messages[2].id)]


@pytest.mark.long
def test_poison_is_put_aside_unchanged_with_the_reason(servers: str) -> None:
    put(servers, "orders", b"\xff", key=b"k", headers=[("x", b"1")])
    source = opened(servers, "orders")
    [message] = read(source, 1)
    source.bury(message, reason="not UTF-8")
    source.close()

    dead = opened(servers, "orders.dead")
    [found] = read(dead, 1)
    dead.close()
    assert (found.body, found.handle.key()) == (b"\xff", b"k")
    assert (found.headers["x"], found.headers["x-sequitur-reason"]) == ("1", "not UTF-8")


def test_what_is_read_after_closing_is_an_error_of_the_bus(servers: str) -> None:
    source = opened(servers, "orders")
    source.close()
    source.close()

    with pytest.raises(BusError):
        source.read(max_messages=1, wait_seconds=0.1)


def test_an_option_that_is_none_is_refused(servers: str) -> None:
    with pytest.raises(InvalidError, match="Kafka refuses its options"):
        KafkaSource(servers, ["orders"], group="g", options={"no.such.option": "1"})


def test_without_the_package_a_sentence_says_what_to_install() -> None:
    with patch.dict(sys.modules, {"confluent_kafka": None}), pytest.raises(InvalidError, match="pip install"):
        opened("127.0.0.1:1", "orders")
