"""The id of a request goes with its messages, and no further."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import redis
import structlog
from rest_framework.test import APIClient

from core import ids, publish
from core.models import Workspace
from core.worker import correlation


def sent(broker: redis.Redis, queue: str = "events") -> list[dict[str, Any]]:
    """The headers of the messages in a queue."""
    raw: Any = [*broker.lrange(publish.express(queue), 0, -1), *broker.lrange(queue, 0, -1)]
    return [json.loads(each)["headers"] for each in raw]


def task(**headers: object) -> Any:
    return SimpleNamespace(request=SimpleNamespace(**headers))


@pytest.mark.django_db
def test_an_events_message_carries_the_id_of_its_request(
    api: APIClient, empty_broker: redis.Redis, committed: Any, workspace: Workspace
) -> None:
    with committed(execute=True):
        body = {"id": "1", "source": "/crm", "type": "lead.created", "data": {}}
        api.post("/api/v1/events/", body, format="json", headers={"X-Request-Id": "req-7"})

    assert [each[correlation.HEADER] for each in sent(empty_broker)] == ["req-7"]


def test_a_task_works_for_the_request_and_the_next_one_does_not() -> None:
    correlation.begin(task(**{correlation.HEADER: "req-7"}))
    within: dict[str, Any] = {}
    correlation.stamp(within)
    correlation.end()
    after: dict[str, Any] = {}
    correlation.stamp(after)

    assert (within, after) == ({correlation.HEADER: "req-7"}, {})


@pytest.mark.parametrize("given", ["a b", "x" * 129, "\n", 7, None, {"a": 1}])
def test_what_anybody_may_write_into_a_message_is_no_id(given: object) -> None:
    correlation.begin(task(**{correlation.HEADER: given}))

    assert correlation.current() == ""


@pytest.mark.django_db
def test_what_a_sweep_publishes_goes_back_to_no_request(empty_broker: redis.Redis, committed: Any) -> None:
    with committed(execute=True), structlog.contextvars.bound_contextvars(request_id="req-7"):
        with correlation.of(""):
            publish.task("triggers.match", ids.new_id(), queue="events")
        publish.task("triggers.match", ids.new_id(), queue="events")

    assert sorted(each.get(correlation.HEADER, "") for each in sent(empty_broker)) == ["", "req-7"]
