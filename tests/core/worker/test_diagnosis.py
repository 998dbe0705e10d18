"""What is wrong with a message by its headers; bodies, and messages of a real broker: `test_poison_processes`."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from core.worker import diagnosis


def found(**headers: Any) -> str:
    """What is said about a message with these headers beside those of a good call."""
    known = {"task": "a.task", "id": "1", **headers}
    message = SimpleNamespace(headers=known, payload=[[], {}, {}], content_type="application/json")
    cause = diagnosis.of(message, tasks={"a.task"})
    return "" if cause is None else f"{cause.code}: {cause.message}"


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_message_that_is_due_soon_can_be_taken() -> None:
    for eta in (None, "2020-01-01T00:00:00", in_seconds(-1), in_seconds(30)):
        assert found(eta=eta) == ""


@pytest.mark.parametrize("eta", ["2999-01-01T00:00:00+00:00", "2999-01-01T00:00:00", "9999-12-31T23:59:59-12:00"])
def test_a_message_that_asks_to_be_held_for_long_is_malformed(eta: str) -> None:
    assert found(eta=eta) == f"malformed: It asks to be held until {eta}; a message may wait 60 s at most."


@pytest.mark.parametrize("name", ["eta", "expires"])
@pytest.mark.parametrize("value", ["tomorrow", 7, [], {"at": 1}, ""])
def test_an_instant_that_is_none_is_malformed(name: str, value: object) -> None:
    assert found(**{name: value}) == f"malformed: Its header {name!r} is not what Celery expects there."


@pytest.mark.parametrize(
    "headers", [{"id": 7}, {"timelimit": "soon"}, {"timelimit": [1]}, {"stamps": []}, {"retries": "x"}]
)
def test_a_header_of_another_type_is_malformed(headers: dict[str, Any]) -> None:
    assert found(**headers) == f"malformed: Its header {next(iter(headers))!r} is not what Celery expects there."
