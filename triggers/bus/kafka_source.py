"""Topics of Kafka, through confluent-kafka (the extra `kafka`)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from core.errors import InvalidError
from triggers.bus.decoding import Message
from triggers.bus.source import DEAD, REASON_HEADER, BusError

FLUSH_SECONDS = 10
GATHER_SECONDS = 0.02  # for what has arrived together with the first message
NOT_INSTALLED = "Kafka needs the package confluent-kafka: `pip install confluent-kafka`, or the extra `kafka`."


def _library() -> Any:
    """Imported when it is needed: nobody else should have to install it."""
    try:
        import confluent_kafka
    except ImportError:
        raise InvalidError(NOT_INSTALLED) from None
    return confluent_kafka


class KafkaSource:
    """A member of a consumer group; the members share the partitions, and offsets are committed by `acknowledge`."""

    def __init__(self, servers: str, topics: Sequence[str], *, group: str, options: Mapping[str, str]) -> None:
        """`options` are librdkafka's, such as security.protocol. Raises `InvalidError` for one that is none."""
        kafka = _library()
        self._error = kafka.KafkaException
        self._partition = kafka.TopicPartition
        common = {"bootstrap.servers": servers, **options}
        defaults = {"auto.offset.reset": "earliest"}
        fixed = {"group.id": group, "enable.auto.commit": False, "enable.auto.offset.store": False}
        try:
            self._consumer = kafka.Consumer({**defaults, **common, **fixed})
            self._producer = kafka.Producer({**common, "enable.idempotence": True, "acks": "all"})
        except (self._error, ValueError) as error:
            raise InvalidError(f"Kafka refuses its options: {error}") from None
        self._consumer.subscribe(list(topics))

    def read(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        try:
            first = self._consumer.poll(wait_seconds)
            raw = [] if first is None else [first, *self._consumer.consume(max_messages - 1, GATHER_SECONDS)]
        except (self._error, RuntimeError) as error:
            raise BusError(str(error)) from error
        for each in raw:
            # What is not fatal librdkafka mends itself, such as a topic that is not there yet.
            if each.error() is not None and each.error().fatal():
                raise BusError(str(each.error()))
        return [_message(each) for each in raw if each.error() is None]

    def bury(self, message: Message, *, reason: str) -> None:
        failed: list[Any] = []
        headers = [*(message.handle.headers() or []), (REASON_HEADER, reason[:1000].encode())]
        try:
            self._producer.produce(
                message.queue + DEAD,
                value=message.handle.value(),
                key=message.handle.key(),
                headers=headers,
                on_delivery=lambda error, _: failed.append(error) if error else None,
            )
            left = self._producer.flush(FLUSH_SECONDS)
        except (self._error, BufferError) as error:
            raise BusError(str(error)) from error
        if left or failed:
            raise BusError(f"A message could not be put into {message.queue + DEAD!r}: {failed or 'no answer'}")

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Each partition after the last of its messages. Of one that another member has by now nothing is committed:
        that member reads them again, and they are found to be known."""
        after: dict[tuple[str, int], int] = {}
        for each in messages:
            place = (each.handle.topic(), each.handle.partition())
            after[place] = max(after.get(place, 0), each.handle.offset() + 1)
        if not after:
            return
        try:
            self._consumer.commit(
                offsets=[self._partition(*at, offset) for at, offset in after.items()], asynchronous=False
            )
        except (self._error, RuntimeError) as error:
            raise BusError(str(error)) from error

    def close(self) -> None:
        with suppress(self._error, RuntimeError):  # the group finds out by its time-out
            self._consumer.close()


def _message(raw: Any) -> Message:
    """Its id is its place, and its time: a topic that is made anew counts from 0 again."""
    headers = {name: value.decode("utf-8", "replace") if value else "" for name, value in raw.headers() or ()}
    return Message(
        queue=raw.topic(),
        body=raw.value() or b"",
        headers=headers,
        content_type=next((value for name, value in headers.items() if name.lower() == "content-type"), ""),
        id=f"{raw.topic()}-{raw.partition()}-{raw.offset()}@{raw.timestamp()[1]}",
        handle=raw,
    )
