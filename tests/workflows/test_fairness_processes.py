"""Backlogs between real processes: they are worked off without a sweep, and never by more than a window at once."""

import pytest
import redis
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import broker, factories, processes, races, rivals
from triggers.services import matching
from workflows.models import ActionRun
from workflows.services import dispatching

WINDOW = 4


@pytest.fixture(autouse=True)
def window(settings: Settings, empty_broker: redis.Redis) -> None:
    settings.SEQUITUR_FAIR_WINDOW = WINDOW


def start(workspace: Workspace, number: int) -> None:
    factories.published(workspace)
    with tenancy.scope(workspace.pk):
        matching.match_many([factories.event(workspace).pk for _ in range(number)])


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_processes_work_off_the_backlogs_of_two_workspaces_without_a_sweep(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    start(workspace, 40)
    start(other_workspace, 20)

    with processes.worker(concurrency=2):
        for each, number in ((workspace, 40), (other_workspace, 20)):
            processes.eventually(
                lambda each=each, number=number: processes.all_runs_completed(each, number=number),  # type: ignore[misc]
                what="the backlog is worked off",
            )

    with tenancy.unscoped("tests look at everything"):
        assert set(ActionRun.objects.values_list("attempt", "queue_priority")) == {(1, None)}


@pytest.mark.django_db(transaction=True)
def test_of_many_that_refill_at_once_none_publishes_what_another_does(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    start(workspace, 20)
    empty_broker.flushdb()
    with tenancy.scope(workspace.pk):
        ActionRun.objects.filter(hinted_at__isnull=False).update(status="completed", hinted_at=None)

    taken = races.at_once(lambda _: dispatching.refill(workspace.pk), threads=6)

    with tenancy.scope(workspace.pk):
        outstanding = ActionRun.objects.filter(status="queued", hinted_at__isnull=False).count()
    assert sum(taken) == outstanding == len(broker.messages(empty_broker, "actions"))
    assert WINDOW <= outstanding <= 2 * WINDOW  # two that begin in one moment may both see an empty window


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_refill_publish_the_most_urgent_and_each_once(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    start(workspace, 20)
    urgent = factories.definition(name="Urgent", trigger={"type": "lead.lost"}, settings={"priority": 10})
    factories.published(workspace, urgent)
    with tenancy.scope(workspace.pk):
        matching.match_many([factories.event(workspace, "lead.lost").pk for _ in range(20)])
        ActionRun.objects.filter(hinted_at__isnull=False).update(status="completed", hinted_at=None)
    empty_broker.delete("actions", "actions_express")

    rivals.race(f"""
from uuid import UUID
from django.conf import settings
from workflows.services import dispatching
settings.SEQUITUR_FAIR_WINDOW = {WINDOW}
dispatching.refill(UUID("{workspace.pk}"))
""")

    with tenancy.scope(workspace.pk):
        outstanding = ActionRun.objects.filter(status="queued", hinted_at__isnull=False)
        assert set(outstanding.values_list("run__priority", flat=True)) == {10}
        assert outstanding.count() == len(broker.messages(empty_broker, "actions"))
        assert WINDOW <= outstanding.count() <= 2 * WINDOW
