"""A real worker with an event that ends the process which decides on it."""

import pytest
import redis

from core import publish, tenancy
from core.models import DeadLetter, Workspace
from tests import factories, processes
from tests.triggers import deadly_matching
from triggers.models import Event
from triggers.services import dispatching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.long
def test_the_event_that_ends_workers_is_given_up_and_its_neighbours_go_on(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    factories.published(workspace, factories.definition(trigger={"type": deadly_matching.DEADLY}))
    types = ["fine", deadly_matching.DEADLY, "fine"]
    events = [factories.event(workspace, each) for each in types]
    empty_broker.flushdb()
    publish.batch(dispatching.MATCH_TASK, [each.pk for each in events], queue=dispatching.QUEUE)  # all in one message

    def are_over() -> bool:
        with tenancy.scope(workspace.pk):
            waiting = Event.objects.filter(matched_at=None, dead_at=None)
            return not waiting.exists()

    environment = {"SEQUITUR_MAX_EVENT_TRIES": "2", "SEQUITUR_TEST_DEADLY": "1"}
    with processes.worker(
        concurrency=1, include="workflows.tasks,tests.triggers.deadly_matching", environment=environment
    ) as running:
        processes.eventually(are_over, what="each event is decided or given up")
        assert running.process.poll() is None

    with tenancy.scope(workspace.pk):
        [dead] = Event.objects.exclude(dead_at=None)
        letter = DeadLetter.objects.get()
    assert (dead.pk, letter.source_id, letter.code) == (events[1].pk, dead.pk, "worker_lost")
