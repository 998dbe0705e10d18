"""What people are told of events that wait for others."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, gatherings, hooks
from triggers.models import Event, Hook
from triggers.ports import Answer
from triggers.services import answering
from workflows.models import Workflow

pytestmark = pytest.mark.django_db


def decision(api: APIClient, event: Event) -> Any:
    [found] = api.get(f"/api/v1/events/{event.pk}/decisions/").json()["results"]
    return {name: found[name] for name in ("verdict", "code", "reason", "until", "run")}


def listed(api: APIClient, workflow: Workflow, verdict: str) -> list[tuple[str, str]]:
    found = api.get(f"/api/v1/workflows/{workflow.pk}/decisions/?verdict={verdict}").json()["results"]
    return [(each["event"]["uid"], each["verdict"]) for each in found]


def test_what_waits_says_until_when_as_things_are_by_now(api: APIClient, workspace: Workspace) -> None:
    workflow = gatherings.published(workspace, batch={"max_events": 5, "seconds": 60})
    first, second = gatherings.send(workspace, 2)
    [row] = gatherings.rows(workspace)

    told = decision(api, first)

    until = row.due_at.isoformat(timespec="milliseconds") if row.due_at else ""
    assert (told["verdict"], told["code"], told["run"]) == ("pending", "batch", None)
    assert told["reason"] == f"batch of 2 of 5 until {until}; it holds 2 events"
    assert told["until"] is not None
    assert listed(api, workflow, "pending") == [(str(second.pk), "pending"), (str(first.pk), "pending")]


def test_events_of_a_batch_name_its_run_and_find_it(api: APIClient, workspace: Workspace) -> None:
    workflow = gatherings.published(workspace, batch={"max_events": 2, "seconds": 60})
    first, second = gatherings.send(workspace, 2)
    gatherings.close_all(after_seconds=0)
    [run] = gatherings.runs(workspace)

    told = decision(api, first)

    assert (told["verdict"], told["run"]) == ("fired", str(run.pk))
    assert told["reason"] == (
        "Everything that it asks for holds. It was one of 2 events that started one run together."
    )
    for event in (first, second):
        [found] = api.get(f"/api/v1/workflow-runs/?event={event.pk}").json()["results"]
        assert found["id"] == str(run.pk)
    assert listed(api, workflow, "pending") == []
    stats = api.get(f"/api/v1/workflows/{workflow.pk}/stats/").json()
    assert (stats["fired"], stats["pending"], stats["matched"], stats["runs"]["total"]) == (2, 0, 2, 1)


def test_an_event_that_was_debounced_names_what_started_instead(api: APIClient, workspace: Workspace) -> None:
    workflow = gatherings.published(workspace, debounce_seconds=10)
    first, last = gatherings.send(workspace, 2)
    gatherings.close_all()
    [run] = gatherings.runs(workspace)

    assert decision(api, first) == {
        "verdict": "suppressed",
        "code": "debounced",
        "reason": f"debounced: the event {last.pk} ({last.pk}) came later, which started the run {run.pk}",
        "until": None,
        "run": str(run.pk),
    }
    assert decision(api, last)["run"] == str(run.pk)
    assert listed(api, workflow, "suppressed") == [(str(first.pk), "suppressed")]


def test_statistics_count_what_waits(api: APIClient, workspace: Workspace) -> None:
    workflow = gatherings.published(workspace, debounce_seconds=10)
    gatherings.send(workspace, 2)

    stats = api.get(f"/api/v1/workflows/{workflow.pk}/stats/").json()
    [trigger] = api.get(f"/api/v1/triggers/?workflow={workflow.pk}").json()["results"]

    assert (stats["fired"], stats["pending"], stats["matched"]) == (0, 2, 2)
    assert (trigger["statistics"]["pending"], trigger["statistics"]["matched"]) == (2, 2)


def test_the_sender_of_a_webhook_is_answered_by_the_run_of_the_batch(workspace: Workspace) -> None:
    trigger = {"type": "webhook", "params": {"respond": "last_action", "respond_within_seconds": 0.1}}
    batch = {"batch": {"max_events": 2, "seconds": 60}}
    factories.published(workspace, factories.definition(triggers=[trigger], settings=batch))
    with tenancy.scope(workspace.pk):
        hook = Hook.objects.select_related("trigger").get()
    answers = [hooks.post(hook, {"n": 1}, x_delivery="1").status_code]
    hooks.post(hook, {"n": 2})
    hooks.work(workspace)
    first, _ = hooks.events(workspace)

    assert waited(workspace, hook, first) is None
    gatherings.close_all()
    hooks.work(workspace)

    assert answers == [202]
    answer = waited(workspace, hook, first)
    assert answer is not None
    assert (answer.status, answer.body["message"]) == (200, "hello")


def waited(workspace: Workspace, hook: Hook, event: Event) -> Answer | None:
    with tenancy.scope(workspace.pk):
        return answering._look(event, trigger=hook.trigger, respond="last_action", receipt={})
