"""Dead letters over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import ids, tenancy
from core.models import DeadLetter, LetterKind, Role, Workspace
from core.services import dead_letters
from core.services.dead_letters import Death
from tests import factories
from tests.conftest import ClientFor
from triggers.services import failures

pytestmark = pytest.mark.django_db

URL = "/api/v1/dead-letters/"


def event_letter(workspace: Workspace) -> str:
    """The letter of an event that can be tried again."""
    event = factories.event(workspace)
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    with tenancy.scope(workspace.pk):
        return str(DeadLetter.objects.get(source_id=event.pk).pk)


def action_letter(workspace: Workspace, code: str, **columns: Any) -> str:
    source = ids.new_id()
    with tenancy.scope(workspace.pk):
        dead_letters.bury(Death(LetterKind.ACTION, source, code, f"It said {code}.", attempts=3, **columns))
        return str(DeadLetter.objects.get(source_id=source).pk)


def found(api: APIClient, **query: str) -> list[str]:
    answer = api.get(URL, query)
    assert answer.status_code == 200, answer.json()
    return [each["id"] for each in answer.json()["results"]]


def test_letters_are_listed_newest_first_and_found_by_what_they_say(api: APIClient, workspace: Workspace) -> None:
    workflow = ids.new_id()
    event, refused = event_letter(workspace), action_letter(workspace, "refused", workflow_id=workflow)

    assert found(api) == [refused, event]
    assert found(api, kind="event") == [event]
    assert found(api, code="refused") == found(api, workflow=str(workflow)) == [refused]
    assert found(api, q="its worker") == found(api, q=event) == [event]
    assert found(api, status="discarded") == found(api, until="2020-01-01T00:00:00Z") == []
    assert found(api, since="2020-01-01T00:00:00Z") == [refused, event]


@pytest.mark.parametrize("query", ["kind=x", "status=x", "workflow=x", "since=x", "until=0.5", "what=x", "limit=0"])
def test_a_filter_that_is_none_is_refused(api: APIClient, query: str) -> None:
    assert api.get(f"{URL}?{query}").status_code == 400


def test_a_letter_is_tried_again_once(api: APIClient, workspace: Workspace) -> None:
    uid = event_letter(workspace)

    answers = [api.post(f"{URL}{uid}/redrive/", {"reason": "fixed"}, format="json") for _ in range(2)]

    assert [(each.status_code, each.json()["status"], each.json()["reason"]) for each in answers] == [
        (200, "redriven", "fixed")
    ] * 2
    assert api.get(f"{URL}{uid}/").json()["resolved_by"].startswith("key ")


def test_a_letter_is_discarded_for_a_reason(api: APIClient, workspace: Workspace) -> None:
    uid = event_letter(workspace)

    assert api.post(f"{URL}{uid}/discard/", {}, format="json").status_code == 400
    assert api.post(f"{URL}{uid}/discard/", {"reason": "a test"}, format="json").json()["status"] == "discarded"
    assert api.post(f"{URL}{uid}/redrive/", {}, format="json").status_code == 409
    assert found(api, status="discarded") == [uid]


def test_many_are_tried_again_after_a_look(api: APIClient, workspace: Workspace) -> None:
    for _ in range(3):
        event_letter(workspace)
    action_letter(workspace, "refused")
    body = {"filters": {"kind": "event"}, "per_second": 5}

    seen = api.post(f"{URL}redrive/", {**body, "preview": True}, format="json").json()
    done = api.post(f"{URL}redrive/", body, format="json").json()

    assert (seen["matching"], seen["scheduled"], seen["preview"]) == (3, 3, True)
    assert (done["matching"], done["scheduled"], done["preview"]) == (3, 3, False)
    assert len(found(api, status="redriving")) == 3


@pytest.mark.parametrize("body", [{"per_second": 0}, {"filters": {"x": 1}}, {"filters": 1}, {"preview": "maybe"}])
def test_a_wrong_request_for_many_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    assert api.post(f"{URL}redrive/", body, format="json").status_code == 400


def test_letters_of_others_are_not_there(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    uid, api = event_letter(workspace), client_for(other_workspace)

    answers = [
        api.get(f"{URL}{uid}/"),
        api.post(f"{URL}{uid}/redrive/", {}, format="json"),
        api.post(f"{URL}{uid}/discard/", {"reason": "x"}, format="json"),
    ]

    assert [each.status_code for each in answers] == [404] * 3
    assert found(api) == []


def test_a_viewer_reads_and_an_operator_acts(client_for: ClientFor, workspace: Workspace) -> None:
    uid = event_letter(workspace)
    viewer, operator = client_for(workspace, Role.VIEWER), client_for(workspace, Role.OPERATOR)

    assert viewer.get(f"{URL}{uid}/").status_code == 200
    assert viewer.post(f"{URL}{uid}/redrive/", {}, format="json").status_code == 403
    assert viewer.post(f"{URL}redrive/", {}, format="json").status_code == 403
    assert operator.post(f"{URL}{uid}/redrive/", {}, format="json").status_code == 200
