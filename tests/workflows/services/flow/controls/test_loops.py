"""Workflows that start themselves stop, after a depth or a number of runs, with a reason for each event."""

from collections import Counter
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from core import tenancy
from core.ids import new_id
from core.models import Workspace
from tests import factories, rivals, runner
from triggers.engine.incoming import IncomingEvent
from triggers.models import Decision, Event
from triggers.services import ingest, matching
from workflows.models import FlowState, Run, Workflow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]


def emit(name: str) -> dict[str, Any]:
    """Sends the event that started it, which nobody can see when it is published."""
    return {"id": name, "type": "emit_event", "params": {"type": "{{ event.type }}", "data": {"by": name}}}


def unmatched() -> list[Event]:
    with tenancy.unscoped("the test looks"):
        return list(Event.objects.filter(matched_at=None).order_by("id"))


def storm(workspace: Workspace) -> Event:
    """Let a workflow that sends two events that start itself go on until nothing happens any more."""
    factories.published(workspace, factories.definition(emit("a"), emit("b")))
    root = factories.event(workspace)
    while events := unmatched():
        matching.match_many([event.pk for event in events])
        runner.drain()
    return root


def decided(workspace: Workspace) -> Counter[str]:
    with tenancy.scope(workspace.pk):
        return Counter(row.reason for row in Decision.objects.filter(code="loop", verdict="suppressed"))


def runs_of(workspace: Workspace) -> int:
    with tenancy.scope(workspace.pk):
        return Run.objects.count()


def test_a_storm_ends_at_the_number_of_runs(workspace: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN = 10

    root = storm(workspace)

    assert runs_of(workspace) == 10  # each sent two events: 1 + 20 events, of which 10 started a run
    where = f"(workflow greet, begun by event {root.pk})"
    assert decided(workspace) == {f"loop: one event led to 10 runs of this workflow; at most 10 may {where}": 11}


def test_a_storm_ends_at_a_depth(workspace: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_MAX_EVENT_DEPTH = 3

    root = storm(workspace)

    assert runs_of(workspace) == 15  # 1 + 2 + 4 + 8
    where = f"(workflow greet, begun by event {root.pk})"
    assert decided(workspace) == {f"loop: 4 runs led to this event, one after the other; at most 3 may {where}": 16}


def test_another_root_has_a_number_of_its_own(workspace: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN = 5
    storm(workspace)
    factories.event(workspace)

    while events := unmatched():
        matching.match_many([event.pk for event in events])
        runner.drain()

    assert runs_of(workspace) == 10


def test_the_number_is_kept_when_what_was_counted_is_forgotten(workspace: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN = 5
    root = storm(workspace)
    with tenancy.scope(workspace.pk):
        FlowState.objects.all().delete()

    [late] = deep(workspace, root, number=1)
    matching.match(late.pk)

    assert runs_of(workspace) == 5


def deep(workspace: Workspace, root: Event, *, number: int, depth: int = 1) -> list[Event]:
    """Events that a run of the root sent, after as many runs as `depth`."""
    with tenancy.scope(workspace.pk):
        incoming = [
            IncomingEvent("lead.created", {}, cause_run=new_id(), root=root.pk, depth=depth) for _ in range(number)
        ]
        return [each.event for each in ingest.accept_many(incoming, workspace=workspace)]


def test_of_two_processes_exactly_the_budget_passes(workspace: Workspace, settings: Settings) -> None:
    factories.published(workspace)
    root = factories.event(workspace)
    matching.match(root.pk)
    events = [str(event.pk) for event in deep(workspace, root, number=40)]
    code = f"""
from uuid import UUID
from django.conf import settings
from triggers.services import matching
settings.SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN = 11
for each in {events!r}[number::2]:
    matching.match(UUID(each))
"""

    rivals.race(code)

    assert runs_of(workspace) == 11
    assert sum(decided(workspace).values()) == 30


def test_of_two_processes_exactly_what_is_not_too_deep_passes(workspace: Workspace) -> None:
    factories.published(workspace)
    root = factories.event(workspace)
    last = [str(event.pk) for event in deep(workspace, root, number=10, depth=10)]
    beyond = [str(event.pk) for event in deep(workspace, root, number=10, depth=11)]
    code = f"""
from uuid import UUID
from triggers.services import matching
for each in {last + beyond!r}[number::2]:
    matching.match(UUID(each))
"""

    rivals.race(code)

    assert runs_of(workspace) == 10
    where = f"(workflow greet, begun by event {root.pk})"
    assert decided(workspace) == {f"loop: 11 runs led to this event, one after the other; at most 10 may {where}": 10}


def test_what_no_run_sent_is_not_counted(workspace: Workspace) -> None:
    factories.published(workspace)

    matching.match(factories.event(workspace).pk)

    with tenancy.scope(workspace.pk):
        assert FlowState.objects.count() == 0


def test_events_and_runs_show_what_all_began_with(api: APIClient, workspace: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_MAX_EVENT_DEPTH = 1
    root = storm(workspace)
    with tenancy.scope(workspace.pk):
        first, second, _ = Run.objects.order_by("id")
        last = Event.objects.latest("id")

    shown = api.get(f"/api/v1/events/{last.pk}/").json()
    lineages = [api.get(f"/api/v1/workflow-runs/{run.pk}/").json()["lineage"] for run in (first, second)]

    assert (shown["root"], shown["depth"]) == (str(root.pk), 2)
    assert shown["sent_by_run"] in {str(run.pk) for run in runs(workspace)}
    assert [each["root"] for each in lineages] == [None, str(root.pk)]
    assert "root" not in api.get(f"/api/v1/events/{root.pk}/").json()


def runs(workspace: Workspace) -> list[Run]:
    with tenancy.scope(workspace.pk):
        return list(Run.objects.all())


def test_events_of_called_runs_and_of_failures_know_their_root(workspace: Workspace) -> None:
    called = factories.definition({"type": "fail", "params": {"message": "No."}}, name="Called", trigger="a.b")
    factories.published(workspace, factories.definition(name="Handler", trigger="c.d"))
    factories.published(workspace, {**called, "settings": {"on_failure": "Handler"}})
    calling = {"type": "workflow", "params": {"workflow": "Called", "data": {}}}
    factories.published(workspace, factories.definition(calling, name="Calling"))
    root = factories.event(workspace)
    matching.match(root.pk)

    runner.drain()

    with tenancy.scope(workspace.pk):
        found = {row.name: row.runs.get().root for row in Workflow.objects.all()}
    assert found == {"Calling": None, "Called": root.pk, "Handler": root.pk}
