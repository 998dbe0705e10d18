"""Starting runs."""

from unittest.mock import patch

import pytest

from core.models import Workspace
from tests import factories
from tests.workflows.services.conftest import StartRun, states
from triggers.models import Event, Firing
from triggers.services import matching
from workflows.models import ActionRun, Run

pytestmark = pytest.mark.django_db


def test_a_firing_starts_one_run_of_the_version_that_fired(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(factories.log_event("one"), factories.log_event("two"))

    assert run.firing is not None
    assert (run.status, run.version.number, run.firing.event_id) == ("queued", 1, run.event_id)
    assert states(run) == ["queued", "pending"]
    assert list(ActionRun.objects.values_list("key", "position", "attempt")) == [
        ("log_event", 0, 0),
        ("log_event_2", 1, 0),
    ]


def test_matching_an_event_twice_starts_one_run(scope: Workspace, start_run: StartRun) -> None:
    run = start_run()

    matching.match(run.event_id)

    assert (Run.objects.count(), Firing.objects.count()) == (1, 1)


def test_two_workflows_on_one_event_start_a_run_each(scope: Workspace) -> None:
    first, second = (factories.published(scope, factories.definition(name=name)) for name in ("One", "Two"))

    matching.match(factories.event(scope).pk)

    assert set(Run.objects.values_list("workflow", flat=True)) == {first.pk, second.pk}


@pytest.mark.parametrize("model", [Firing, Run, ActionRun])
def test_a_crash_after_any_write_leaves_the_event_to_be_matched(
    scope: Workspace, model: type[Firing | Run | ActionRun]
) -> None:
    factories.published(scope)
    event = factories.event(scope)

    def crash(*args: object, **kwargs: object) -> None:
        raise RuntimeError("crashed")

    with patch.object(model.objects, "bulk_create", crash), pytest.raises(RuntimeError):
        matching.match(event.pk)
    assert not any(each.objects.exists() for each in (Firing, Run, ActionRun))
    assert Event.objects.get(pk=event.pk).matched_at is None

    matching.match(event.pk)
    assert Run.objects.count() == 1
