from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import factories, hooks
from tests.conftest import ClientFor
from triggers.models import Event
from triggers.services import matching
from workflows.models import Workflow
from workflows.services import workflows

IS_NL = {"type": "lead.*", "filters": {"country": "NL"}}


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    return factories.published(workspace, factories.definition(trigger=IS_NL))


def decided(workspace: Workspace, type_: str = "lead.created", **data: Any) -> Event:
    event = factories.event(workspace, type_, **data)
    matching.match(event.pk)
    return event


def told(api: APIClient, workflow: Workflow, query: str = "") -> list[tuple[str, str]]:
    answer = api.get(f"/api/v1/workflows/{workflow.slug}/decisions/{query}")
    assert answer.status_code == 200, answer.json()
    return [(each["event"]["type"], each["verdict"]) for each in answer.json()["results"]]


def explain(api: APIClient, workflow: Workflow, **body: Any) -> Any:
    return api.post(f"/api/v1/workflows/{workflow.pk}/explain/", body, format="json").json()


def test_the_events_of_a_workflow_say_what_became_of_them(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    decided(workspace, country="NL")
    decided(workspace, "lead.closed", country="DE")
    decided(workspace, "deal.won", country="NL")
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
    decided(workspace, "lead.lost", country="NL")

    everything = [("lead.lost", "not_listening"), ("lead.closed", "not_matched"), ("lead.created", "fired")]
    assert told(api, workflow) == everything
    assert told(api, workflow, "?verdict=no") == everything[:2]
    assert told(api, workflow, "?verdict=fired") == everything[2:]
    assert told(api, workflow, "?verdict=suppressed") == []


def test_the_decisions_come_in_pages_of_events(api: APIClient, workspace: Workspace, workflow: Workflow) -> None:
    for number in range(3):
        decided(workspace, country="DE", number=number)

    first = api.get(f"/api/v1/workflows/{workflow.pk}/decisions/?limit=2&verdict=no").json()

    assert (len(first["results"]), len(api.get(first["next"]).json()["results"])) == (2, 1)


def test_a_long_page_of_decisions_takes_no_more_statements_than_a_short_one(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    for number in range(6):
        decided(workspace, country="NL" if number % 2 else "DE", number=number)

    asked = []
    for limit in (2, 2, 6):  # the first time, what the process keeps is read too
        with CaptureQueriesContext(connection) as captured:
            told(api, workflow, f"?limit={limit}")
        asked.append(len(captured))

    assert asked[2] == asked[1]


def test_a_verdict_that_is_none_is_refused(api: APIClient, workflow: Workflow) -> None:
    answer = api.get(f"/api/v1/workflows/{workflow.pk}/decisions/?verdict=maybe")

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/verdict")


def test_an_event_that_came_is_explained_as_it_was_decided(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    event = decided(workspace, country="DE")

    [decision] = explain(api, workflow, event=str(event.pk))["results"]

    assert (decision["verdict"], decision["version"]) == ("not_matched", 1)
    assert decision["would_fire_if"][0]["to"] == "NL"


def test_an_event_that_may_come_is_tried_on_the_active_version(api: APIClient, workflow: Workflow) -> None:
    [fires] = explain(api, workflow, event={"type": "lead.created", "data": {"country": "NL"}})["results"]
    [not_for_it] = explain(api, workflow, event={"type": "deal.won"})["results"]

    assert (fires["verdict"], fires["version"]) == ("fired", 1)
    assert (not_for_it["verdict"], not_for_it["reason"]) == (
        "not_listening",
        "It listens to lead.*; the event is deal.won.",
    )
    with tenancy.scope(workflow.workspace_id):
        assert Event.objects.count() == 0


def test_a_draft_is_tried_on_an_event_that_came(api: APIClient, workspace: Workspace, workflow: Workflow) -> None:
    event = decided(workspace, country="DE")
    with tenancy.scope(workspace.pk):
        workflows.update(workflow, factories.definition(trigger={**IS_NL, "filters": {"country": "DE"}}))

    [decision] = explain(api, workflow, event=str(event.pk), draft=True)["results"]

    assert (decision["verdict"], decision["version"]) == ("fired", None)


@pytest.mark.parametrize("is_draft", [False, True])
def test_what_a_webhook_brought_is_tried_on_the_trigger_it_came_to(
    api: APIClient, workspace: Workspace, is_draft: bool
) -> None:
    hook = hooks.published(workspace)
    hooks.post(hook, {"country": "DE"})
    hooks.work(workspace)
    [event] = hooks.events(workspace)
    workflow = hook.trigger.workflow

    [decision] = explain(api, workflow, event=str(event.pk), draft=is_draft)["results"]

    assert (decision["verdict"], decision["trigger"]["id"]) == ("fired", str(hook.trigger_id))


def test_a_new_event_can_be_tried_as_if_a_webhook_had_brought_it(api: APIClient, workspace: Workspace) -> None:
    workflow = hooks.published(workspace).trigger.workflow
    event = {"type": "webhook.received"}

    [for_nobody] = explain(api, workflow, event=event)["results"]
    [for_it] = explain(api, workflow, event=event, trigger="t1")["results"]

    assert (for_nobody["verdict"], for_it["verdict"]) == ("not_listening", "fired")
    assert explain(api, workflow, event=event, trigger="t2")["detail"] == "There is no trigger 't2'; there are t1."


def test_a_rehearsal_says_that_nothing_would_listen(api: APIClient, workspace: Workspace, workflow: Workflow) -> None:
    event = {"type": "lead.created", "data": {"country": "NL"}}
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
    [paused] = explain(api, workflow, event=event)["results"]
    [as_a_draft] = explain(api, workflow, event=event, draft=True)["results"]
    with tenancy.scope(workspace.pk):
        workflows.update(workflow, factories.definition(triggers=[{**IS_NL, "active": False}]))
    [switched_off] = explain(api, workflow, event=event, draft=True)["results"]

    assert (paused["verdict"], paused["reason"]) == ("not_listening", "The workflow is paused.")
    assert paused["explanation"]["result"] is True
    assert as_a_draft["verdict"] == "fired"
    assert (switched_off["verdict"], switched_off["reason"]) == ("not_listening", "The trigger is switched off.")


def test_the_hour_of_a_rehearsal_can_be_chosen(api: APIClient, workspace: Workspace) -> None:
    hours = {"field": "time.hour", "operator": "between", "value": [9, 17]}
    workflow = factories.published(workspace, factories.definition(conditions=hours))
    event = {"type": "lead.created"}

    at_night = explain(api, workflow, event=event, at="2026-01-01T03:00:00Z")["results"]
    by_day = explain(api, workflow, event=event, at="2026-01-01T12:00:00Z")["results"]

    assert [each["verdict"] for each in at_night + by_day] == ["not_matched", "fired"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "/event"),
        ({"event": {"type": "not a type"}}, "/event/type"),
        ({"event": 5}, "/event"),
        ({"event": "x", "trigger": "t1"}, ""),
        ({"event": "x", "unknown": 1}, "/unknown"),
        ({"event": {"type": "lead.created"}, "at": "9999-12-31T23:59:59-14:00"}, "/at"),
        ({"event": {"type": "lead.created"}, "at": "0001-01-01T00:00:00Z"}, "/at"),
    ],
)
def test_what_cannot_be_explained_says_why(api: APIClient, workflow: Workflow, body: Any, path: str) -> None:
    answer = api.post(f"/api/v1/workflows/{workflow.pk}/explain/", body, format="json")

    assert answer.status_code == 400
    assert path in [each["path"] for each in answer.json()["errors"]]


def test_a_workflow_that_was_never_published_asks_for_its_draft(api: APIClient, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        workflow = workflows.create(factories.definition())

    answer = explain(api, workflow, event={"type": "lead.created"})
    assert answer["detail"] == 'The workflow was never published; ask for its draft with `"draft": true`.'
    assert explain(api, workflow, event={"type": "lead.created"}, draft=True)["results"][0]["verdict"] == "fired"


def test_a_draft_with_problems_says_them(api: APIClient, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        workflow = workflows.create(factories.definition({"type": "no_such_type"}))

    answer = explain(api, workflow, event={"type": "lead.created"}, draft=True)

    assert [each["code"] for each in answer["errors"]] == ["unknown_action_type"]


def test_foreign_workflows_and_events_are_not_found(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, workflow: Workflow
) -> None:
    event = decided(workspace)
    stranger, own = client_for(other_workspace), factories.published(other_workspace)

    assert stranger.get(f"/api/v1/workflows/{workflow.pk}/decisions/").status_code == 404
    assert stranger.post(f"/api/v1/workflows/{workflow.pk}/explain/", {"event": "x"}, format="json").status_code == 404
    answer = stranger.post(f"/api/v1/workflows/{own.pk}/explain/", {"event": str(event.pk)}, format="json")
    assert answer.status_code == 404


def test_who_reads_may_ask_for_an_explanation(client_for: ClientFor, workspace: Workspace, workflow: Workflow) -> None:
    viewer = client_for(workspace, Role.VIEWER)

    assert told(viewer, workflow) == []
    assert explain(viewer, workflow, event={"type": "lead.created"})["results"][0]["verdict"] == "not_matched"


def test_a_trigger_that_counts_says_what_an_event_would_come_to_and_counts_nothing(
    api: APIClient, workspace: Workspace
) -> None:
    params = {"event": "login.failed", "value": 3, "window_seconds": 3600, "key": "{{ user }}"}
    workflow = factories.published(workspace, factories.definition(trigger={"type": "threshold", "params": params}))
    for _ in range(2):
        decided(workspace, "login.failed", user="ada")
    event = {"type": "login.failed", "data": {"user": "ada"}}
    other = {"type": "login.failed", "data": {"user": "bob"}}

    [fires] = explain(api, workflow, event=event)["results"]
    [again] = explain(api, workflow, event=event)["results"]
    [held] = explain(api, workflow, event=other)["results"]

    assert (fires["verdict"], fires["reason"]) == (
        "fired", "Everything that it asks for holds: seen 3 of 3 in 3600 s.",
    )  # fmt: skip
    assert again == fires
    assert (held["verdict"], held["code"], held["reason"]) == ("suppressed", "threshold", "seen 1 of 3 in 3600 s")


def test_a_clock_that_an_event_would_start_is_no_firing(api: APIClient, workspace: Workspace) -> None:
    params = {"event": "order.paid", "after": {"event": "order.created"}, "within_seconds": 60}
    workflow = factories.published(workspace, factories.definition(trigger={"type": "absence", "params": params}))

    [started] = explain(api, workflow, event={"type": "order.created"})["results"]

    assert (started["verdict"], started["code"]) == ("suppressed", "absence")
    assert started["reason"].startswith("waits for order.paid until ")


def test_what_fired_leads_to_its_run(api: APIClient, workspace: Workspace, workflow: Workflow) -> None:
    event = decided(workspace, country="NL")

    [by_event] = api.get(f"/api/v1/events/{event.pk}/decisions/").json()["results"]
    [by_workflow] = api.get(f"/api/v1/workflows/{workflow.pk}/decisions/").json()["results"]

    [run] = api.get("/api/v1/workflow-runs/").json()["results"]
    assert by_event["run"] == by_workflow["run"] == run["id"]
