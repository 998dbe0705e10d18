from datetime import timedelta

import pytest
import redis
from django.db import transaction
from django.utils import timezone

from core import hints, tenancy
from core.models import Workspace
from tests import broker, factories, races
from triggers import tasks
from triggers.models import Event
from triggers.services import matching, recovery

pytestmark = pytest.mark.django_db(transaction=True)


def old_events(workspace: Workspace, *, number: int, seconds: float = 11) -> list[str]:
    """Unmatched events that were hinted so long ago, the oldest first."""
    events = [factories.event(workspace, number=each) for each in range(number)]
    youngest = timezone.now() - timedelta(seconds=seconds)
    with tenancy.scope(workspace.pk):
        for age, event in enumerate(reversed(events)):
            Event.objects.filter(pk=event.pk).update(hinted_at=youngest - timedelta(milliseconds=age))
    return [str(event.pk) for event in events]


def hinted(client: redis.Redis) -> list[str]:
    return [event_id for message in broker.messages(client, "events") for event_id in message.args[0]]


def test_old_events_are_hinted_again_oldest_first(workspace: Workspace, empty_broker: redis.Redis) -> None:
    waiting = old_events(workspace, number=3)
    empty_broker.flushdb()

    assert recovery.rehint() == 3

    assert hinted(empty_broker) == waiting


def test_a_second_sweep_finds_nothing_to_do(workspace: Workspace, empty_broker: redis.Redis) -> None:
    waiting = old_events(workspace, number=3)
    empty_broker.flushdb()

    assert [recovery.rehint(), recovery.rehint()] == [3, 0]

    assert hinted(empty_broker) == waiting


def test_events_of_all_workspaces_are_found(
    workspace: Workspace, other_workspace: Workspace, empty_broker: redis.Redis
) -> None:
    waiting = old_events(workspace, number=1) + old_events(other_workspace, number=1)
    empty_broker.flushdb()

    recovery.rehint()

    assert set(hinted(empty_broker)) == set(waiting)


def test_young_and_matched_events_are_left_alone(workspace: Workspace, empty_broker: redis.Redis) -> None:
    [matched] = old_events(workspace, number=1)
    matching.match(Event(pk=matched).pk)
    old_events(workspace, number=1, seconds=9)
    empty_broker.flushdb()

    assert recovery.rehint() == 0

    assert empty_broker.keys() == []


@pytest.mark.parametrize(("queued", "published"), [(0, 3), (1, 2), (3, 0), (10, 0)])
def test_only_as_many_are_hinted_as_the_queue_is_short_of(
    workspace: Workspace, empty_broker: redis.Redis, queued: int, published: int
) -> None:
    old_events(workspace, number=3)
    empty_broker.flushdb()
    for _ in range(queued):
        empty_broker.lpush("events", "{}")

    assert recovery.rehint() == published

    assert empty_broker.llen("events") == queued + (published > 0)


def test_what_is_left_over_is_as_old_as_before(workspace: Workspace, empty_broker: redis.Redis) -> None:
    waiting = old_events(workspace, number=2)
    empty_broker.flushdb()
    empty_broker.lpush("events", "{}")

    recovery.rehint()

    with tenancy.scope(workspace.pk):
        old = timezone.now() - timedelta(seconds=10)
        assert [str(pk) for pk in Event.objects.filter(hinted_at__lt=old).values_list("pk", flat=True)] == waiting[1:]


def test_one_sweep_takes_one_batch(
    workspace: Workspace, empty_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "BATCH", 2)
    old_events(workspace, number=3)
    empty_broker.flushdb()

    assert recovery.rehint() == 2


def test_sweepers_at_once_hint_each_event_once(workspace: Workspace, empty_broker: redis.Redis) -> None:
    waiting = old_events(workspace, number=20)
    empty_broker.flushdb()

    published = races.at_once(lambda _: recovery.rehint(), threads=4)

    assert sum(published) == 20
    assert sorted(hinted(empty_broker)) == sorted(waiting)


def test_an_event_that_is_being_matched_is_not_waited_for(workspace: Workspace, empty_broker: redis.Redis) -> None:
    busy, free = old_events(workspace, number=2)
    empty_broker.flushdb()

    with transaction.atomic(), tenancy.scope(workspace.pk):
        Event.objects.select_for_update().get(pk=busy)
        [published] = races.at_once(lambda _: recovery.rehint(), threads=1)

    assert published == 1
    assert hinted(empty_broker) == [free]


def test_no_row_is_locked_while_the_broker_is_asked(
    workspace: Workspace, empty_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_events(workspace, number=1)

    def ask(queue: str, *, waiting: int) -> int:
        assert not transaction.get_connection().in_atomic_block
        return waiting

    monkeypatch.setattr("core.publish.shortfall", ask)

    assert recovery.rehint() == 1


def test_a_crash_before_the_commit_hints_nothing_and_forgets_nothing(
    workspace: Workspace, empty_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_events(workspace, number=2)
    empty_broker.flushdb()

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("core.publish.batch", crash)
    with pytest.raises(RuntimeError, match="killed"):
        recovery.rehint()
    monkeypatch.undo()

    assert empty_broker.keys() == []
    assert recovery.rehint() == 2


def test_the_tasks_do_what_the_services_do(workspace: Workspace, empty_broker: redis.Redis) -> None:
    [waiting] = old_events(workspace, number=1)
    empty_broker.flushdb()

    tasks.sweep.run()
    tasks.match_events.run([waiting])

    assert hinted(empty_broker) == [waiting]
    with tenancy.scope(workspace.pk):
        assert Event.objects.get(pk=waiting).matched_at is not None


def test_a_message_that_is_lost_behind_a_busy_queue_is_found(workspace: Workspace, empty_broker: redis.Redis) -> None:
    (lost,) = old_events(workspace, number=1)
    empty_broker.flushdb()
    for _ in range(5):
        factories.event(workspace)  # young ones, whose messages are in the queue

    assert recovery.rehint() == 1
    assert hinted(empty_broker).count(lost) == 1
