from datetime import timedelta
from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.workflows.services.conftest import trying
from tests.workflows.services.flow.conftest import NOON, Ask, limited, verdicts
from triggers.models import Decision, Event
from triggers.services import matching
from workflows.models import Run
from workflows.services import stopping

pytestmark = pytest.mark.django_db

BY_NAME = {"key": "{{ event.data.name }}", "window_seconds": 60}


def test_a_key_starts_once_in_its_window(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, dedupe=BY_NAME)
    assert verdicts(ask(workflow, 0, {"name": "a"}, {"name": "b"})) == ["fired", "fired"]
    with tenancy.scope(workspace.pk):
        first = Event.objects.earliest("id")

    [held] = ask(workflow, 59.999999, {"name": "a"})

    assert (held.verdict, held.code, held.until) == ("suppressed", "dedupe", NOON + timedelta(seconds=60))
    assert held.reason == f"dedupe: event {first.pk} started it already for 'a'; another may from 12:01:00Z"
    assert verdicts(ask(workflow, 60, {"name": "a"}, {"name": "a"})) == ["fired", "dedupe"]


def sent(workspace: Workspace, name: str = "a") -> Run | None:
    """What an event with this name starts."""
    event = factories.event(workspace, name=name)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.filter(event=event).first()


def published(workspace: Workspace, *actions: dict[str, Any]) -> None:
    factories.published(workspace, factories.definition(*actions, settings={"dedupe": BY_NAME, "undo": False}))


def test_a_key_whose_run_goes_on_or_has_completed_does_not_start_again(workspace: Workspace) -> None:
    published(workspace)
    run = sent(workspace)
    assert run is not None

    assert sent(workspace) is None
    runner.finish(run)
    assert (run.status, sent(workspace)) == ("completed", None)
    with tenancy.scope(workspace.pk):
        assert set(Decision.objects.values_list("code", flat=True)) == {"dedupe"}


def test_a_key_whose_run_failed_starts_again_and_holds_for_that_one(workspace: Workspace) -> None:
    published(workspace, trying(succeed_on_attempt=9, is_retryable=False))
    first = sent(workspace)
    assert first is not None
    assert runner.finish(first).status == "failed"

    again = sent(workspace)

    assert again is not None
    assert sent(workspace) is None


def test_a_key_whose_run_was_cancelled_starts_again(workspace: Workspace) -> None:
    published(workspace)
    run = sent(workspace)
    assert run is not None
    with tenancy.scope(workspace.pk):
        stopping.cancel(run.pk)

    assert sent(workspace) is not None


def test_a_failed_run_that_is_no_longer_there_keeps_its_key(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, dedupe=BY_NAME)
    ask(workflow, 0, {"name": "a"})  # nobody started its run

    assert verdicts(ask(workflow, 1, {"name": "a"})) == ["dedupe"]
