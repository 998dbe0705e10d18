import json
import socket
from collections.abc import Iterator
from time import monotonic
from uuid import UUID

import pytest
import redis
from celery import Celery
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.celery import app as product
from core import ids, publish
from tests import broker
from tests.broker import Message

TASK = "triggers.match_event"
STEP = "workflows.execute_action"


@pytest.fixture(autouse=True)
def no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The breaker as it is in a new process."""
    monkeypatch.setattr(publish, "breaker", type(publish.breaker)())


@pytest.fixture
def dead_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """Publishing goes to a port of this machine where nobody listens."""
    with socket.socket() as taken:  # bound and not listening: nobody else can open it meanwhile
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{taken.getsockname()[1]}/0")
        dead = Celery(set_as_current=False)
        dead.conf.update(
            task_queues=product.conf.task_queues,
            task_publish_retry=product.conf.task_publish_retry,
            broker_transport_options=product.conf.broker_transport_options,
        )
        dead.set_current()
        yield dead
        product.set_current()


@pytest.mark.django_db(transaction=True)
def test_a_hint_is_sent_when_the_transaction_commits_and_not_before(empty_broker: redis.Redis) -> None:
    row_id = ids.new_id()

    with transaction.atomic():
        publish.task(TASK, row_id, queue="events")
        assert broker.messages(empty_broker, "events") == []

    assert broker.messages(empty_broker, "events") == [Message(TASK, [str(row_id)], {})]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_sends_nothing(empty_broker: redis.Redis) -> None:
    with transaction.atomic():
        publish.task(TASK, ids.new_id(), queue="events")
        publish.segment(STEP, [ids.new_id()], queue="actions")
        transaction.set_rollback(True)

    assert empty_broker.keys() == []


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_sends_nothing_and_the_rest_is_sent(empty_broker: redis.Redis) -> None:
    kept, dropped = ids.new_id(), ids.new_id()

    with transaction.atomic():
        publish.task(TASK, kept, queue="events")
        with transaction.atomic():
            publish.task(TASK, dropped, queue="events")
            transaction.set_rollback(True)

    assert [message.args for message in broker.messages(empty_broker, "events")] == [[str(kept)]]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_hint_is_sent_at_once(empty_broker: redis.Redis) -> None:
    publish.task(TASK, ids.new_id(), queue="events")

    assert empty_broker.llen("events") == 1


def send_segment(committed: DjangoCaptureOnCommitCallbacks, row_ids: list[UUID]) -> None:
    with committed(execute=True):
        publish.segment(STEP, row_ids, queue="actions")


def test_a_segment_is_one_message_that_carries_the_rest_in_order(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, empty_broker: redis.Redis
) -> None:
    row_ids = [ids.new_id() for _ in range(4)]
    first, *others = map(str, row_ids)

    send_segment(django_capture_on_commit_callbacks, row_ids)

    assert broker.messages(empty_broker, "actions") == [
        Message(STEP, [first], {}, then=tuple((STEP, [each]) for each in others))
    ]


def test_a_segment_of_one_is_a_plain_task(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, empty_broker: redis.Redis
) -> None:
    row_id = ids.new_id()

    send_segment(django_capture_on_commit_callbacks, [row_id])

    assert broker.messages(empty_broker, "actions") == [Message(STEP, [str(row_id)], {})]


def test_an_empty_segment_is_no_message(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, empty_broker: redis.Redis
) -> None:
    send_segment(django_capture_on_commit_callbacks, [])

    assert empty_broker.keys() == []


def test_a_segment_of_a_hundred_is_still_one_message(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, empty_broker: redis.Redis
) -> None:
    send_segment(django_capture_on_commit_callbacks, [ids.new_id() for _ in range(100)])

    [message] = broker.messages(empty_broker, "actions")
    assert len(message.then) == 99


@pytest.mark.django_db(transaction=True)
def test_a_message_is_json_with_ids_only_and_asks_for_no_result(empty_broker: redis.Redis) -> None:
    publish.task(TASK, ids.new_id(), queue="events")

    raw = json.loads(empty_broker.lindex("events", 0))  # type: ignore[arg-type]  # redis-py's stubs allow awaitables
    assert (raw["content-type"], raw["content-encoding"]) == ("application/json", "utf-8")
    assert raw["headers"]["ignore_result"] is True
    assert (raw["headers"]["eta"], raw["headers"]["expires"]) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_is_not_the_callers_trouble(dead_broker: Celery) -> None:
    publish.task(TASK, ids.new_id(), queue="events")
    with transaction.atomic():
        publish.segment(STEP, [ids.new_id(), ids.new_id()], queue="actions")

    assert publish.breaker.quiet_until > 0


def test_a_dead_broker_costs_its_caller_less_than_a_second(dead_broker: Celery) -> None:
    began = monotonic()

    publish.shortfall("events", waiting=3)

    assert monotonic() - began < 1


def test_after_a_failure_nothing_is_tried_for_five_seconds(
    dead_broker: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, tries = [100.0], []
    monkeypatch.setattr("core.publish.time.monotonic", lambda: clock[0])

    def send() -> None:
        tries.append(clock[0])
        raise ConnectionRefusedError

    for now in (100.0, 100.1, 104.9, 105.0, 105.1):
        clock[0] = now
        assert publish.breaker.send(send, what="x") is False

    assert tries == [100.0, 105.0]


def test_a_success_is_told_and_quiets_nothing() -> None:
    tries: list[str] = []

    assert publish.breaker.send(lambda: tries.append("a"), what="x") is True
    assert publish.breaker.send(lambda: tries.append("b"), what="x") is True

    assert tries == ["a", "b"]


def test_an_error_that_is_not_the_brokers_is_not_swallowed_by_the_breaker() -> None:
    def send() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish.breaker.send(send, what="x")

    assert publish.breaker.quiet_until == 0


@pytest.mark.django_db(transaction=True)
def test_a_hint_that_cannot_be_made_does_not_undo_what_was_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publish.breaker, "send", crash)

    with transaction.atomic():
        publish.task(TASK, ids.new_id(), queue="events")


@pytest.mark.parametrize(
    ("queued", "waiting", "missing"),
    [(0, 0, 0), (0, 3, 3), (2, 3, 1), (3, 3, 0), (10, 3, 0)],
    ids=["nothing waits", "empty queue", "shorter queue", "as long", "longer queue"],
)
def test_the_shortfall_is_what_waits_and_has_no_message(
    empty_broker: redis.Redis, queued: int, waiting: int, missing: int
) -> None:
    for _ in range(queued):
        empty_broker.lpush("events", "{}")

    assert publish.shortfall("events", waiting=waiting) == missing


def test_messages_of_other_queues_do_not_count(empty_broker: redis.Redis) -> None:
    empty_broker.lpush("actions", "{}", "{}")

    assert publish.shortfall("events", waiting=3) == 3


def test_nothing_is_short_when_the_broker_does_not_answer(dead_broker: Celery) -> None:
    assert publish.shortfall("events", waiting=3) == 0


def test_asking_changes_nothing(empty_broker: redis.Redis) -> None:
    empty_broker.lpush("events", "{}")

    publish.shortfall("events", waiting=3)

    assert empty_broker.lrange("events", 0, -1) == [b"{}"]
