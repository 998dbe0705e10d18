from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.db import transaction

import workflows
from core import tenancy
from core.errors import InvalidError
from core.models import Workspace
from tests import broker
from triggers.models import Event

pytestmark = pytest.mark.django_db


def events(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.order_by("id"))


def test_an_event_is_stored_in_the_workspace_in_scope(scope: Workspace) -> None:
    id_ = workflows.emit("order.paid", {"total": Decimal("9.50"), "on": date(2026, 1, 31)})

    [event] = events(scope)
    assert (event.event_id, event.type, event.source) == (id_, "order.paid", scope.slug)
    assert event.data == {"total": "9.50", "on": "2026-01-31"}


@pytest.mark.parametrize("by", ["row", "id", "slug"])
def test_the_workspace_may_be_named(workspace: Workspace, by: str) -> None:
    named: Any = {"row": workspace, "id": workspace.pk, "slug": workspace.slug}[by]

    workflows.emit("order.paid", workspace=named)

    assert [event.data for event in events(workspace)] == [{}]


def test_all_of_an_event_can_be_said(scope: Workspace) -> None:
    at = datetime(2026, 1, 31, 9, 30)  # noqa: DTZ001  without a zone it is UTC

    workflows.emit("order.paid", id="7", source="shop", subject="order 7", time=at)

    [event] = events(scope)
    assert (event.event_id, event.source, event.subject) == ("7", "shop", "order 7")
    assert event.time == at.replace(tzinfo=UTC)


def test_the_same_id_is_accepted_once(scope: Workspace) -> None:
    first = workflows.emit("order.paid", {"n": 1}, id="7")
    second = workflows.emit("order.paid", {"n": 2}, id="7")

    assert (first, second) == ("7", "7")
    assert [event.data for event in events(scope)] == [{"n": 1}]


def test_what_is_rolled_back_was_never_sent(
    scope: Workspace, committed: Callable[..., Any], empty_broker: redis.Redis
) -> None:
    with committed(execute=True), transaction.atomic():
        workflows.emit("order.paid")
        transaction.set_rollback(True)

    assert events(scope) == []
    assert broker.messages(empty_broker, "events") == []


def test_it_is_hinted_when_it_is_committed(
    scope: Workspace, committed: Callable[..., Any], empty_broker: redis.Redis
) -> None:
    with committed(execute=True):
        workflows.emit("order.paid")
        assert broker.messages(empty_broker, "events") == []

    [message] = broker.messages(empty_broker, "events")
    assert message.args == [[str(events(scope)[0].pk)]]


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"type": "a b"}, [("/type", "invalid_event_type")]),
        ({"type": 7}, [("/type", "invalid_event_type")]),
        ({"type": "a", "data": [1]}, [("/data", "invalid")]),
        ({"type": "a", "data": {"x": [object()]}}, [("/data/x/0", "not_json")]),
        ({"type": "a", "data": {"x": float("nan")}}, [("/data/x", "not_json")]),
        ({"type": "a", "data": {"x": "a\0"}}, [("/data/x", "not_json")]),
        ({"type": "a", "data": {"x": "a" * 300_000}}, [("/data", "too_large")]),
        ({"type": "a", "id": "x" * 256, "source": 7}, [("/id", "invalid"), ("/source", "invalid")]),
        ({"type": "a", "subject": "a\0"}, [("/subject", "invalid")]),
        ({"type": "", "time": "2026-01-31"}, [("/type", "invalid_event_type"), ("/time", "invalid")]),
        ({"type": "a", "workspace": "nobody"}, []),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_could_not_be_sent_over_http_is_refused(
    scope: Workspace, arguments: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidError) as caught:
        workflows.emit(**arguments)

    assert [(problem.path, problem.code) for problem in caught.value.problems] == problems
    assert events(scope) == []


def test_without_a_workspace_nothing_is_sent(db: None) -> None:
    with pytest.raises(tenancy.NoScopeError):
        workflows.emit("order.paid")
