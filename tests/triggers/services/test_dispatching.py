"""Events beyond the window of their workspace wait without a message, and are matched in their turn."""

from collections.abc import Callable
from uuid import UUID

import pytest
import redis
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import broker, factories
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event
from triggers.services import dispatching, ingest, matching, recovery

Committed = Callable[..., object]
WINDOW = 4


@pytest.fixture(autouse=True)
def window(settings: Settings, empty_broker: redis.Redis) -> None:
    settings.SEQUITUR_FAIR_WINDOW = WINDOW


def waiting() -> list[tuple[bool, int | None]]:
    """Of all events that are not matched, in their order: whether they have a message, and the backlog's priority."""
    rows = Event.objects.filter(matched_at=None).order_by("id").values_list("hinted_at", "queue_priority")
    return [(hinted_at is not None, priority) for hinted_at, priority in rows]


def messages(client: redis.Redis) -> list[int]:
    """How many events each message in the queue is about, oldest first."""
    return [len(message.args[0]) for message in broker.messages(client, "events")]


def test_events_posted_one_by_one_have_messages_up_to_the_window(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    for _ in range(20):
        with committed(execute=True):  # type: ignore[attr-defined]
            factories.event(scope)

    assert messages(empty_broker)[:WINDOW] == [1] * WINDOW
    assert sum(messages(empty_broker)) <= WINDOW * dispatching.LINE.depth
    assert waiting()[-1] == (False, 0)


def test_a_batch_is_published_in_part(scope: Workspace, empty_broker: redis.Redis, committed: Committed) -> None:
    with committed(execute=True):  # type: ignore[attr-defined]
        ingest.accept_many([IncomingEvent(type="lead.created", data={}) for _ in range(20)], workspace=scope)

    assert messages(empty_broker) == [4, 12]
    assert waiting() == [(True, None)] * 16 + [(False, 0)] * 4


def test_the_only_event_of_a_workspace_overtakes_and_a_long_batch_does_not(
    workspace: Workspace,
    other_workspace: Workspace,
    empty_broker: redis.Redis,
    committed: Committed,
    settings: Settings,
) -> None:
    settings.SEQUITUR_FAIR_WINDOW = 32
    with committed(execute=True):  # type: ignore[attr-defined]
        factories.event(workspace)
        with tenancy.scope(other_workspace.pk):
            new = [IncomingEvent(type="lead.created", data={}) for _ in range(dispatching.MOST_EXPRESS + 1)]
            ingest.accept_many(new, workspace=other_workspace)

    assert (empty_broker.llen("events_express"), empty_broker.llen("events")) == (1, 1)


def test_without_windows_a_batch_is_one_message(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed, settings: Settings
) -> None:
    settings.SEQUITUR_FAIR_WINDOW = 0

    with committed(execute=True):  # type: ignore[attr-defined]
        ingest.accept_many([IncomingEvent(type="lead.created", data={}) for _ in range(20)], workspace=scope)

    assert messages(empty_broker) == [20]


def test_a_backlog_is_matched_without_a_sweep(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    with committed(execute=True):  # type: ignore[attr-defined]
        ingest.accept_many([IncomingEvent(type="lead.created", data={}) for _ in range(50)], workspace=scope)

    most = 0
    while message := broker.take(empty_broker, "events"):
        with committed(execute=True):  # type: ignore[attr-defined]
            matching.match_many([UUID(each) for each in message.args[0]])
        most = max(most, *messages(empty_broker), 0)

    assert waiting() == []
    assert most <= dispatching.BATCH_OF_BACKLOG


def test_one_workspace_does_not_wait_for_the_backlog_of_another(
    workspace: Workspace, other_workspace: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    with committed(execute=True):  # type: ignore[attr-defined]
        with tenancy.scope(workspace.pk):
            ingest.accept_many([IncomingEvent(type="lead.created", data={}) for _ in range(50)], workspace=workspace)
        event = factories.event(other_workspace)

    found = [message.args[0] for message in broker.messages(empty_broker, "events")]
    assert [str(event.pk)] in found
    assert len(found) <= 3


def test_an_event_that_was_accepted_before_changes_nothing(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    same = [IncomingEvent(type="lead.created", id=str(number), data={}) for number in range(6)]
    ingest.accept_many(same, workspace=scope)
    before = waiting()

    with committed(execute=True):  # type: ignore[attr-defined]
        again = ingest.accept_many(same, workspace=scope)

    assert [each.duplicate for each in again] == [True] * 6
    assert waiting() == before
    assert messages(empty_broker) == []


def test_the_sweep_finds_a_backlog_that_nobody_looks_after(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    ingest.accept_many([IncomingEvent(type="lead.created", data={}) for _ in range(10)], workspace=scope)
    Event.objects.filter(hinted_at__isnull=False).delete()

    with tenancy.unscoped("one sweep serves all workspaces"), committed(execute=True):  # type: ignore[attr-defined]
        assert (recovery.refill(), recovery.refill()) == (6, 0)

    assert messages(empty_broker) == [6]
    assert waiting() == [(True, None)] * 6
