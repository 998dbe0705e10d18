"""Several that feed one key and close what it gathered, at the same instant."""

from collections import Counter

import pytest
import redis

from core import tenancy
from core.models import Workspace
from tests import factories, gatherings, processes, races, rivals
from triggers.models import Decision, Event, Firing
from triggers.services import matching
from workflows.models import Gathering, Run
from workflows.services import reconciling
from workflows.services.flow import closing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

EVENTS, FULL = 53, 5
CLOSE = """
from datetime import timedelta
from django.utils import timezone
from workflows.services.flow import closing
closing.sweep(now=timezone.now() + timedelta(hours=2))
"""


def are_decided(workspace: Workspace) -> bool:
    with tenancy.scope(workspace.pk):
        return not Event.objects.filter(matched_at=None).exists()


def decide(workspace: Workspace) -> None:
    """As the sweep lets them be decided whose message was lost."""
    with tenancy.scope(workspace.pk):
        left = list(Event.objects.filter(matched_at=None).values_list("pk", flat=True))
    matching.match_many(left)


def are_closed(workspace: Workspace) -> bool:
    with tenancy.scope(workspace.pk):
        return not Gathering.objects.filter(is_open=False, closed_at=None).exists()


def show_that_nothing_was_lost_or_doubled(workspace: Workspace, *, gathered: list[int]) -> None:
    """Each event fired once, each gathering of these sizes has one run, and all sums are right."""
    account = reconciling.reconcile(workspace, now=gatherings.later(3600))
    assert (account.drifts, account.undecided) == ((), 0)
    with tenancy.scope(workspace.pk):
        fired = Counter(Firing.objects.values_list("event", flat=True))
        sizes = Counter(Firing.objects.values_list("gathering", flat=True))
        assert set(fired.values()) == {1}
        assert sorted(sizes.values(), reverse=True) == gathered
        assert set(Gathering.objects.values_list("pk", "count")) == set(sizes.items())
        assert Run.objects.count() == Gathering.objects.exclude(run=None).count() == len(gathered)
        assert not Decision.objects.exists()


@pytest.mark.long
def test_two_processes_that_feed_one_key_fill_each_batch_exactly(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": FULL, "seconds": 600, "key": "one"})
    for _ in range(EVENTS):
        factories.event(workspace)

    with processes.worker(concurrency=2):
        processes.eventually(lambda: are_decided(workspace), what="all events are decided")
        processes.eventually(lambda: are_closed(workspace), what="what is full is closed by its message")
    assert gatherings.close_all() == 1

    show_that_nothing_was_lost_or_doubled(workspace, gathered=[*[FULL] * (EVENTS // FULL), EVENTS % FULL])


@pytest.mark.long
def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    gatherings.published(workspace, batch={"max_events": FULL, "seconds": 600, "key": "one"})
    for _ in range(EVENTS):
        factories.event(workspace)

    with processes.worker(concurrency=2) as worker:
        processes.eventually(lambda: bool(gatherings.rows(workspace)), what="the first event is decided")
        worker.kill()
    empty_broker.flushdb()
    # What the dead one held is locked until PostgreSQL has noticed; the sweep comes again, too.
    processes.eventually(lambda: are_decided(workspace), meanwhile=lambda: decide(workspace), what="all are decided")
    processes.eventually(lambda: are_closed(workspace), meanwhile=gatherings.close_all, what="all are closed")
    gatherings.close_all()

    show_that_nothing_was_lost_or_doubled(workspace, gathered=[*[FULL] * (EVENTS // FULL), EVENTS % FULL])


def test_two_that_decide_at_once_gather_under_one_key(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=60)
    events = [factories.event(workspace) for _ in range(12)]

    def feed(number: int) -> None:
        for each in events[number::4]:
            matching.match(each.pk)

    races.at_once(feed, threads=4)

    [row] = gatherings.rows(workspace)
    assert row.count == 12
    assert gatherings.close_all() == 1
    assert Counter(gatherings.verdicts(*events)) == {"suppressed:debounced": 11, "fired": 1}
    assert gatherings.verdicts(Event(pk=row.last_event)) == ["fired"]


def test_of_what_two_processes_feed_exactly_one_event_of_each_key_starts_a_run(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce={"seconds": 600, "key": "{{ event.data.key }}", "max_seconds": 3000})
    events = [factories.event(workspace, key=key) for _ in range(12) for key in ("a", "b")]
    feed = f"""
from uuid import UUID
from triggers.services import matching
for each in {[str(event.pk) for event in events]!r}[number * 12 : number * 12 + 12]:
    matching.match(UUID(each))
"""

    rivals.race(feed)
    assert [(row.label, row.count) for row in sorted(gatherings.rows(workspace), key=lambda row: row.label)] == [
        ("a", 12),
        ("b", 12),
    ]
    rivals.race(CLOSE)

    assert Counter(gatherings.verdicts(*events)) == {"suppressed:debounced": 22, "fired": 2}
    assert [run.event.data["key"] for run in gatherings.runs(workspace)] in (["a", "b"], ["b", "a"])


def test_of_what_two_processes_feed_each_batch_is_filled_exactly(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": FULL, "seconds": 600, "key": "one"})
    events = [factories.event(workspace) for _ in range(24)]
    feed = f"""
from uuid import UUID
from triggers.services import matching
for each in {[str(event.pk) for event in events]!r}[number::2]:
    matching.match(UUID(each))
"""

    rivals.race(feed)
    assert sorted(row.count for row in gatherings.rows(workspace)) == [4, FULL, FULL, FULL, FULL]
    rivals.race(CLOSE)

    show_that_nothing_was_lost_or_doubled(workspace, gathered=[FULL, FULL, FULL, FULL, 4])


def test_sweepers_at_once_close_each_gathering_once(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": 5, "seconds": 60, "key": "{{ event.data.n }}"})
    gatherings.send(workspace, 10)
    gatherings.send(workspace, 10)
    at = gatherings.later(3600)

    closed = races.at_once(lambda _: closing.sweep(now=at), threads=4)

    assert sum(closed) + closing.sweep(now=at) == 10
    show_that_nothing_was_lost_or_doubled(workspace, gathered=[2] * 10)


def test_feeding_and_closing_at_once_loses_nothing(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": 3, "seconds": 600, "key": "one"})
    events = [factories.event(workspace) for _ in range(24)]

    def work(number: int) -> None:
        for each in events[number::3]:
            matching.match(each.pk)
            gatherings.close_all(after_seconds=0 if number else 3600)

    races.at_once(work, threads=3)
    gatherings.close_all()

    assert gatherings.verdicts(*events) == ["fired"] * 24
    assert reconciling.reconcile(workspace).drifts == ()
