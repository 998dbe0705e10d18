"""Notifications over HTTP."""

from typing import Any
from unittest.mock import ANY

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import ids, tenancy
from core.models import Role, Workspace
from tests.conftest import ClientFor
from tests.workflows.api.conftest import Flow
from tests.workflows.asking import step
from workflows.models import NotificationDelivery, Run
from workflows.services.notifications import delivering

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/workflow-runs/"
LIST = "/api/v1/notifications/"
TOLD = {"channel": "email", "trigger": "ON_COMPLETED", "to": "a@example.com", "message": "done", "subject": "Done"}


@pytest.fixture
def run(flow: Flow) -> Run:
    """A run that told somebody."""
    found = flow(step("a", notifications=[TOLD]), settings={"notifications": [{**TOLD, "trigger": "ON_READY"}]})
    deliver()
    return found


def deliver() -> None:
    with tenancy.unscoped("tests look at everything"):
        for row in NotificationDelivery.objects.filter(status="pending"):
            delivering.deliver(row.pk)


def replay_url(run: Run, pk: Any) -> str:
    return f"{RUNS}{run.pk}/notifications/{pk}/replay/"


def test_a_run_shows_who_was_told(api: APIClient, run: Run) -> None:
    first, second = api.get(f"{RUNS}{run.pk}/").json()["notifications"]

    assert (first["action"], first["trigger"]) == (None, "ON_READY")
    assert second == {
        "id": ANY,
        "workflow": str(run.workflow_id),
        "run": str(run.pk),
        "action": "a",
        "action_run": ANY,
        "iteration": None,
        "policy": "a/n1",
        "trigger": "ON_COMPLETED",
        "channel": "email",
        "to": "a@example.com",
        "subject": "Done",
        "text": "done",
        "status": "sent",
        "attempts": [ANY],
        "error": None,
        "due_at": None,
        "created_at": ANY,
        "sent_at": ANY,
        "is_digest": False,
        "digest": None,
        "replay_of": None,
    }


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 2),
        ("?status=sent", 2),
        ("?status=failed", 0),
        ("?trigger=ON_READY", 1),
        ("?channel=email", 2),
        ("?channel=sms", 0),
        ("?workflow=greet", 2),
        ("?workflow=other", 0),
        ("?limit=1", 1),
    ],
)
def test_the_list_takes_filters(api: APIClient, run: Run, query: str, number: int) -> None:
    assert len(api.get(f"{LIST}{query}").json()["results"]) == number


def test_the_list_is_filtered_by_run_and_in_pages(api: APIClient, run: Run) -> None:
    page = api.get(f"{LIST}?run={run.pk}&limit=1").json()

    following = api.get(page["next"]).json()

    assert [each["trigger"] for each in (*page["results"], *following["results"])] == ["ON_COMPLETED", "ON_READY"]
    assert api.get(f"{LIST}?run={ids.new_id()}").json()["results"] == []


@pytest.mark.parametrize("query", ["?status=x", "?trigger=x", "?run=x", "?nope=1", "?limit=0", "?channel=%00"])
def test_a_filter_that_is_none_is_refused(api: APIClient, run: Run, query: str) -> None:
    assert api.get(f"{LIST}{query}").status_code in {400, 422}


def test_a_longer_list_takes_no_more_queries(
    api: APIClient, run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(LIST)

    with django_assert_num_queries(2):  # the key with its workspace, and the page
        api.get(LIST)


def test_an_operator_replays_what_was_sent(client_for: ClientFor, workspace: Workspace, run: Run) -> None:
    operator = client_for(workspace, Role.OPERATOR)
    shown = operator.get(f"{RUNS}{run.pk}/").json()["notifications"][1]

    answer = operator.post(replay_url(run, shown["id"]))
    deliver()

    assert answer.status_code == 202
    assert answer.json()["replay_of"] == shown["id"]
    assert (answer.json()["status"], answer.json()["to"]) == ("pending", "a@example.com")
    found = operator.get(f"{LIST}?run={run.pk}").json()["results"]
    assert [each["status"] for each in found] == ["sent"] * 3


def test_what_is_still_to_be_sent_is_not_replayed(api: APIClient, run: Run) -> None:
    shown = api.get(f"{RUNS}{run.pk}/").json()["notifications"][0]
    first = api.post(replay_url(run, shown["id"])).json()

    answer = api.post(replay_url(run, first["id"]))

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert len(api.get(LIST).json()["results"]) == 3


def test_a_viewer_replays_nothing(client_for: ClientFor, workspace: Workspace, run: Run) -> None:
    viewer = client_for(workspace, Role.VIEWER)
    shown = viewer.get(f"{RUNS}{run.pk}/").json()["notifications"][0]

    assert viewer.post(replay_url(run, shown["id"])).status_code == 403
    assert len(viewer.get(LIST).json()["results"]) == 2


def test_strangers_see_nothing_and_replay_nothing(
    client_for: ClientFor, other_workspace: Workspace, api: APIClient, run: Run
) -> None:
    stranger = client_for(other_workspace)
    shown = api.get(f"{RUNS}{run.pk}/").json()["notifications"][0]

    assert stranger.get(LIST).json()["results"] == []
    assert stranger.get(f"{LIST}?run={run.pk}").json()["results"] == []
    assert stranger.get(f"{LIST}?workflow={run.workflow_id}").json()["results"] == []
    assert stranger.post(replay_url(run, shown["id"])).status_code == 404


def test_a_notification_of_another_run_is_not_found_below_this_one(api: APIClient, flow: Flow, run: Run) -> None:
    other = flow(step("b"), name="Other", type_="other.created")
    shown = api.get(f"{RUNS}{run.pk}/").json()["notifications"][0]

    assert api.post(replay_url(other, shown["id"])).status_code == 404
    assert api.post(replay_url(run, "nothing")).status_code == 404
    assert api.post(f"{RUNS}{ids.new_id()}/notifications/{shown['id']}/replay/").status_code == 404
