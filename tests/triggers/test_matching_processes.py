"""What a worker that has matched before knows of a change: everything, with the next event."""

from collections.abc import Callable

import pytest
import redis

from core import tenancy
from core.models import Workspace
from tests import factories, processes
from triggers.models import Event, Firing
from triggers.services import catalogue
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.django_db(transaction=True)


def decided(workspace: Workspace, **data: object) -> set[int]:
    """Send an event and wait until the worker has decided on it; returns the numbers of the versions that fired."""
    event = factories.event(workspace, "lead.created", **data)

    def is_decided() -> bool:
        with tenancy.scope(workspace.pk):
            return Event.objects.filter(pk=event.pk, matched_at__isnull=False).exists()

    processes.eventually(is_decided, what="the event is decided")
    with tenancy.scope(workspace.pk):
        return set(Firing.objects.filter(event=event).values_list("run__version__number", flat=True))


@pytest.mark.long
def test_a_worker_decides_the_next_event_by_what_was_changed_a_moment_ago(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    workflow = factories.published(workspace)
    changes: list[tuple[Callable[[Workflow], object], set[int]]] = [
        (workflows.pause, set()),
        (workflows.resume, {1}),
        (publish_again, {2}),
        (lambda row: catalogue.enable(row.triggers.get(), is_enabled=False, is_listening=True), set()),
        (lambda row: catalogue.enable(row.triggers.get(), is_enabled=True, is_listening=True), {2}),
    ]

    with processes.worker():
        assert decided(workspace) == {1}
        for change, versions in changes:
            with tenancy.scope(workspace.pk):
                workflow.refresh_from_db()
                change(workflow)
            assert decided(workspace) == versions


def publish_again(workflow: Workflow) -> None:
    workflows.update(workflow, factories.definition(factories.log_event("again")))
    workflows.publish(workflow, published_by="test")
