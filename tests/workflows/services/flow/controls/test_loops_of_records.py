"""Workflows that start themselves by the records that they change, and by what plugins send, stop like any other."""

from typing import Any

import pytest
from pytest_django import Settings

from actions.base import ActionResult
from core import tenancy
from core.models import Workspace
from tests import action_types, factories, runner
from tests.actions.records import LeadFactory
from triggers.models import Decision, Event
from triggers.services import emitting, matching
from workflows.models import Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

COUNT_UP = {
    "type": "update_field",
    "params": {"entity_type": "lead", "entity_id": "{{ lead_id }}", "field": "score", "value": "{{ lead.score + 1 }}"},
}


def settle(workspace: Workspace, *, rounds: int = 8) -> None:
    """Let what happens lead to what it leads to, as far as it ends by itself."""
    for _ in range(rounds):
        with tenancy.scope(workspace.pk):
            waiting = list(Event.objects.filter(matched_at=None).values_list("pk", flat=True))
        if not waiting:
            return
        matching.match_many(waiting)
        runner.drain()
    pytest.fail("it goes on for ever")


def stopped(workspace: Workspace) -> list[str]:
    with tenancy.scope(workspace.pk):
        return list(Decision.objects.filter(code="loop").values_list("reason", flat=True))


def test_a_workflow_that_changes_the_record_that_starts_it_ends_at_a_depth(
    workspace: Workspace, settings: Settings
) -> None:
    settings.SEQUITUR_MAX_EVENT_DEPTH = 3
    factories.published(workspace, factories.definition(COUNT_UP, trigger="lead.score_changed"))
    with tenancy.scope(workspace.pk):
        lead = LeadFactory.create(workspace=workspace, score=1)
        lead.score = 2
        lead.save()
        root = Event.objects.get(type="lead.score_changed")

    settle(workspace)

    with tenancy.scope(workspace.pk):
        runs = list(Run.objects.order_by("id"))
        events = Event.objects.filter(type="lead.score_changed").order_by("id")
        said = list(events.values_list("depth", "root", "cause_run"))
    assert said == [(0, None, None), *((depth, root.pk, run.pk) for depth, run in enumerate(runs, 1))]
    where = f"(workflow greet, begun by event {root.pk})"
    assert stopped(workspace) == [f"loop: 4 runs led to this event, one after the other; at most 3 may {where}"]


def test_what_the_code_of_an_action_emits_is_as_deep_as_what_it_returns(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEQUITUR_MAX_EVENT_DEPTH = 2

    def emits(*_: Any) -> ActionResult:
        emitting.emit("lead.created", {})
        return ActionResult()

    monkeypatch.setattr(action_types.Trying, "perform", emits)
    factories.published(workspace, factories.definition({"type": "test_trying"}))
    factories.event(workspace)

    settle(workspace)

    with tenancy.scope(workspace.pk):
        assert list(Event.objects.order_by("id").values_list("depth", flat=True)) == [0, 1, 2, 3]
        assert Run.objects.count() == 3
    assert len(stopped(workspace)) == 1


def test_another_workspace_learns_nothing_of_the_run(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def emits(*_: Any) -> ActionResult:
        emitting.emit("lead.lost", {}, workspace=other_workspace)
        return ActionResult()

    monkeypatch.setattr(action_types.Trying, "perform", emits)
    factories.published(workspace, factories.definition({"type": "test_trying"}))
    factories.event(workspace)

    settle(workspace)

    with tenancy.scope(other_workspace.pk):
        sent = Event.objects.get(type="lead.lost")
    assert (sent.cause_run, sent.root, sent.depth) == (None, None, 0)
