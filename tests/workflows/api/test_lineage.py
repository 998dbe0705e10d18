"""Runs and events lead to what came of them, page by page."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, lanes
from triggers.models import Event
from workflows.models import Run
from workflows.selectors.runs import MAX_AROUND

pytestmark = pytest.mark.django_db

RUNS, EVENTS = "/api/v1/workflow-runs/", "/api/v1/events/"


@pytest.fixture
def run(workspace: Workspace) -> Run:
    factories.published(workspace)
    return lanes.sent(workspace)


def after(run: Run, **columns: Any) -> Run:
    """Another run, that came of it."""
    with tenancy.scope(run.workspace_id):
        return Run.objects.create(
            workspace_id=run.workspace_id,
            workflow_id=run.workflow_id,
            version_id=run.version_id,
            event=columns.pop("event", None) or factories.event(run.workspace),
            created_at=timezone.now(),
            **columns,
        )


def sent(run: Run, number: int) -> list[Event]:
    with tenancy.scope(run.workspace_id):
        found = [factories.event(run.workspace) for _ in range(number)]
        Event.objects.filter(pk__in=[each.pk for each in found]).update(cause_run=run.pk, root=run.event_id, depth=1)
    return found


def ids(api: APIClient, url: str, name: str = "id", **wanted: Any) -> list[str]:
    answer = api.get(url, wanted)
    assert answer.status_code == 200, answer.json()
    return [each[name] for each in answer.json()["results"]]


def lineage(api: APIClient, run: Run) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{RUNS}{run.pk}/").json()["lineage"]
    return found


def test_the_events_that_a_run_sent_are_found(api: APIClient, run: Run) -> None:
    events = sent(run, 2)
    factories.event(run.workspace)

    newest = [str(each.pk) for each in reversed(events)]
    assert ids(api, EVENTS, "uid", sent_by_run=run.pk) == newest
    assert ids(api, EVENTS, "uid", sent_by_run=run.pk, id=events[0].event_id) == newest[1:]
    assert lineage(api, run)["events"] == [{"uid": each, "type": "lead.created"} for each in newest]
    assert api.get(EVENTS, {"sent_by_run": "no id"}).status_code == 400


def test_all_runs_that_an_event_led_to_are_found(api: APIClient, run: Run) -> None:
    (event,) = sent(run, 1)
    below = after(run, event=event, root=run.event_id)
    after(run)

    assert ids(api, RUNS, root=run.event_id) == [str(below.pk), str(run.pk)]
    assert ids(api, RUNS, root=run.event_id, workflow=run.workflow_id, status="completed") == []
    assert ids(api, RUNS, root=event.pk) == [str(below.pk)]


def test_what_handles_a_failure_and_what_does_it_again_are_found(api: APIClient, run: Run) -> None:
    handling, replay = after(run, cause=run), after(run, replay_of=run)

    assert ids(api, RUNS, cause=run.pk) == [str(handling.pk)]
    assert ids(api, RUNS, replay_of=run.pk) == [str(replay.pk)]
    shown = lineage(api, run)
    assert (shown["consequences"], shown["replays"]) == ([str(handling.pk)], [str(replay.pk)])


def test_of_many_the_newest_are_shown_and_where_all_of_them_are(api: APIClient, run: Run) -> None:
    replays = [str(after(run, replay_of=run).pk) for _ in range(MAX_AROUND + 1)]
    events = [str(each.pk) for each in sent(run, MAX_AROUND + 1)]
    after(run, cause=run)

    shown = lineage(api, run)

    assert shown["replays"] == replays[:0:-1]
    assert [each["uid"] for each in shown["events"]] == events[:0:-1]
    assert set(shown["more"]) == {"replays", "events"}
    assert ids(api, f"/api/v1/{shown['more']['replays']}") == replays[::-1]
    assert ids(api, f"/api/v1/{shown['more']['events']}", "uid") == events[::-1]


def test_another_workspace_finds_nothing(run: Run, other_workspace: Workspace, client_for: Any) -> None:
    sent(run, 1)
    stranger = client_for(other_workspace, "viewer")

    assert ids(stranger, EVENTS, sent_by_run=run.pk) == ids(stranger, RUNS, root=run.event_id) == []
