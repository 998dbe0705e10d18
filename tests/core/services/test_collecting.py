"""Messages in the intake become rows: each once, whenever the collector dies."""

import json
from typing import Any
from uuid import uuid4

import pytest
import redis

from core import dead_queues, tenancy
from core.errors import ConflictError
from core.models import DeadLetter
from core.services import collecting, redriving
from core.worker import headers, intake
from tests import broker
from tests.broker import Message

pytestmark = pytest.mark.django_db(transaction=True)


def put(client: redis.Redis, body: str, known: dict[str, Any] | None = None, *, letter: str = "") -> None:
    """A dead message as `parking` leaves it."""
    envelope = {
        "body": body,
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {
            headers.LETTER: letter or str(uuid4()),
            headers.CODE: "unknown_task",
            headers.QUEUE: "runs",
            **(known or {}),
        },
        "properties": {
            "delivery_tag": str(uuid4()),
            "delivery_info": {"exchange": "", "routing_key": dead_queues.INTAKE},
        },
    }
    client.lpush(dead_queues.INTAKE, json.dumps(envelope))


def rows() -> list[DeadLetter]:
    with tenancy.unscoped("a test"):
        return list(DeadLetter.objects.order_by("created_at"))


def test_a_message_becomes_a_letter_with_its_payload(empty_broker: redis.Redis) -> None:
    known = {"task": "nobody.knows", "id": "7", headers.DEATHS: 2, headers.MESSAGE: "None."}
    put(empty_broker, '[["a"], {}, {}]', known)

    assert collecting.collect() == 1

    [letter] = rows()
    assert (letter.code, letter.message, letter.task, letter.queue) == ("unknown_task", "None.", "nobody.knows", "runs")
    assert (letter.attempts, letter.workspace_id) == (3, None)
    assert letter.payload is not None
    assert (letter.payload["body"], letter.payload["is_whole"]) == ('[["a"], {}, {}]', True)
    assert empty_broker.llen(dead_queues.INTAKE) == 0


def test_a_crash_between_the_row_and_the_acknowledgement_makes_no_second_row(
    empty_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty_broker, "[]")
    real = collecting.keep

    def crash(messages: Any) -> None:
        real(messages)
        raise ZeroDivisionError

    monkeypatch.setattr(collecting, "keep", crash)
    with pytest.raises(ZeroDivisionError):
        collecting.collect()
    assert empty_broker.llen(dead_queues.INTAKE) == 1
    monkeypatch.setattr(collecting, "keep", real)

    assert (collecting.collect(), len(rows()), empty_broker.llen(dead_queues.INTAKE)) == (1, 1, 0)


def test_a_message_that_was_given_up_twice_is_one_letter(empty_broker: redis.Redis) -> None:
    uid = str(uuid4())
    for _ in range(2):
        put(empty_broker, "[]", letter=uid)
    collecting.collect()
    put(empty_broker, "[]", letter=uid)
    collecting.collect()

    assert [str(letter.source_id) for letter in rows()] == [uid]


def test_garbage_in_the_intake_itself_is_a_letter_too(empty_broker: redis.Redis) -> None:
    empty_broker.lpush(dead_queues.INTAKE, b"\xff garbage")

    collecting.collect()

    assert [letter.code for letter in rows()] == ["undecodable"]
    assert empty_broker.llen(dead_queues.INTAKE) == 0


def test_what_rabbitmq_moved_by_itself_is_looked_into_and_ticks_are_let_go(empty_broker: redis.Redis) -> None:
    for why in ("expired", "delivery_limit"):
        known = {headers.CODE: None, headers.QUEUE: None, "x-death": [{"reason": why, "queue": "actions"}]}
        put(empty_broker, "[[], {}, {}]", {"task": "workflows.sweep", "id": "7", **known})

    collecting.collect()

    assert [(letter.code, letter.queue) for letter in rows()] == [("killed_worker", "actions")]


def test_secrets_are_hidden_and_such_a_message_is_not_sent_again(empty_broker: redis.Redis) -> None:
    put(empty_broker, '[[], {"password": "hunter22"}, {}]', {"task": "workflows.sweep"})
    collecting.collect()
    [letter] = rows()

    assert "hunter22" not in json.dumps(letter.payload)
    with tenancy.unscoped("a test"), pytest.raises(ConflictError, match="hidden"):
        redriving.redrive(letter.pk, by="ada")


def test_a_message_is_sent_again_as_it_was_once(empty_broker: redis.Redis) -> None:
    put(empty_broker, '[["a"], {}, {"chain": null}]', {"task": "workflows.sweep", "id": "7", headers.DEATHS: 8})
    put(empty_broker, "[]", {"task": "nobody.knows"})
    collecting.collect()

    with tenancy.unscoped("a test"):
        known, unknown = (DeadLetter.objects.get(task=name) for name in ("workflows.sweep", "nobody.knows"))
        for _ in range(2):
            redriving.redrive(known.pk, by="ada")
        with pytest.raises(ConflictError, match="still no task"):
            redriving.redrive(unknown.pk, by="ada")

    assert broker.messages(empty_broker, "runs") == [Message("workflows.sweep", ["a"], {})]
    [raw] = empty_broker.lrange("runs", 0, -1)
    sent = json.loads(raw)["headers"]
    assert (sent["id"] != "7", headers.DEATHS in sent, headers.LETTER in sent) == (True, False, False)


HOSTILE: dict[str, dict[str, Any]] = {
    "NUL in the body": {"body": "a\0b"},
    "half a surrogate pair in the body": {"body": "a\ud800"},
    "NUL in headers": {"known": {"task": "a\0", "x\0": "\0", headers.QUEUE: "\0", headers.MESSAGE: "\0"}},
    "half a surrogate pair in headers": {"known": {"task": "\ud800", "\ud800": 1, headers.CODE: "\ud800"}},
    "no numbers": {"known": {"x": float("nan"), "y": [float("inf")]}},
    "too many deaths": {"known": {headers.DEATHS: 10**30}},
    "huge numbers": {"known": {"retries": 10**300, "priority": -(10**30)}},
    "deep headers": {"known": {"x": json.loads('{"a":' * 500 + "1" + "}" * 500)}},
    "large headers": {"known": {"task": "t" * 1_000_000, headers.CODE: "c" * 10_000, headers.MESSAGE: "m" * 100_000}},
    "a letter that is no id": {"letter": "\0"},
    "no cause": {"known": {headers.CODE: {"a": "\0"}, headers.MESSAGE: ["\ud800"], headers.QUEUE: {"a": 1}}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_message_of_an_enemy_becomes_a_letter_and_keeps_no_other_back(empty_broker: redis.Redis, name: str) -> None:
    put(empty_broker, **{"body": "[]", **HOSTILE[name]})
    put(empty_broker, "[]", {"id": "good"})

    assert collecting.collect() == 2

    assert len(rows()) == 2
    assert empty_broker.llen(dead_queues.INTAKE) == 0


def test_large_messages_are_not_all_in_hand_at_once(empty_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_BYTES", 300_000)
    in_hand: list[int] = []
    real = collecting.keep

    def keep(messages: Any) -> None:
        in_hand.append(len(messages))
        real(messages)

    monkeypatch.setattr(collecting, "keep", keep)
    for _ in range(12):
        put(empty_broker, "x" * 100_000)

    assert collecting.collect() == len(rows()) == 12
    assert max(in_hand) <= intake.STEP
