"""Versions that are not kept any more."""

import pytest

from core.models import AuditEntry, Workspace
from tests import factories, runner
from tests.factories import definition, log_event
from triggers.models import Event, Subscription
from triggers.services import matching
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.services import retention, workflows

pytestmark = pytest.mark.django_db


def publish(workflow: Workflow, number: int) -> None:
    workflows.update(workflow, definition(log_event(str(number))))
    workflows.publish(workflow, published_by="test")


def numbers(workflow: Workflow) -> list[int]:
    return sorted(WorkflowVersion.objects.filter(workflow=workflow).values_list("number", flat=True))


def test_the_oldest_versions_that_nothing_refers_to_are_removed(scope: Workspace) -> None:
    scope.limits = {"keep_versions": 2}
    scope.save()
    workflow = factories.published(scope)
    publish(workflow, 2)
    event = factories.event(scope)
    matching.match(event.pk)
    runner.drain()
    for number in range(3, 7):
        publish(workflow, number)

    assert retention.sweep() == 1  # of 1 to 4: 2 has a run, and 3 and 4 listened after an event that is kept
    assert (numbers(workflow), retention.sweep()) == ([2, 3, 4, 5, 6], 0)
    Run.objects.all().delete()
    Event.objects.all().delete()
    assert (retention.sweep(), numbers(workflow)) == (3, [5, 6])

    entries = AuditEntry.objects.filter(action="workflow.versions_removed").order_by("id")
    assert [(entry.actor, entry.after) for entry in entries] == [
        ("sequitur", {"name": "Greet", "number": 1, "first": 1, "last": 1}),
        ("sequitur", {"name": "Greet", "number": 3, "first": 2, "last": 4}),
    ]
    assert Subscription.objects.filter(version__number__lt=5).count() == 0


def test_the_active_version_stays_however_old_it_is(scope: Workspace) -> None:
    workflow = factories.published(scope)
    for number in (2, 3):
        publish(workflow, number)
    row = Workflow.objects.get()
    first = WorkflowVersion.objects.get(number=1)
    workflows.activate(row, first, what="rolled_back", by="test", reason="")

    assert retention.remove(row, keep=1) == 1
    assert numbers(workflow) == [1, 3]
    publish(workflow, 4)
    assert numbers(workflow) == [1, 3, 4]
