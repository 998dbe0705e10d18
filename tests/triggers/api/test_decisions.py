from typing import Any

from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from triggers.models import Event
from triggers.services import matching


def decided(workspace: Workspace, **data: Any) -> Event:
    event = factories.event(workspace, **data)
    matching.match(event.pk)
    return event


def test_every_candidate_of_an_event_says_what_it_decided(api: APIClient, workspace: Workspace) -> None:
    trigger = {"type": "lead.created", "filters": {"score": {"gte": 80}}}
    picky = factories.published(workspace, factories.definition(name="Picky", trigger=trigger))
    greet = factories.published(workspace)
    factories.published(workspace, factories.definition(name="Other", trigger={"type": "deal.won"}))
    event = decided(workspace, score=79)

    answer = api.get(f"/api/v1/events/{event.pk}/decisions/").json()

    fired, not_matched = answer["results"]
    assert fired["workflow"] == {"id": str(greet.pk), "name": "Greet"}
    assert (fired["verdict"], fired["version"], fired["would_fire_if"]) == ("fired", 1, None)
    assert not_matched["workflow"] == {"id": str(picky.pk), "name": "Picky"}
    assert (not_matched["verdict"], not_matched["trigger"]["key"]) == ("not_matched", "t1")
    assert not_matched["reason"] == "`score` gte 80 does not hold: it is 79."
    assert not_matched["explanation"]["children"] == [
        {"field": "score", "operator": "gte", "expected": 80, "actual": 79, "result": False}
    ]
    assert not_matched["would_fire_if"] == [
        {"field": "score", "operator": "gte", "expected": 80, "actual": 79, "to": 80}
    ]


def test_candidates_come_in_pages(api: APIClient, workspace: Workspace) -> None:
    for number in range(3):
        factories.published(workspace, factories.definition(name=f"W{number}"))
    event = decided(workspace)

    first = api.get(f"/api/v1/events/{event.event_id}/decisions/?limit=2").json()
    second = api.get(first["next"]).json()

    names = [each["workflow"]["name"] for each in first["results"] + second["results"]]
    assert names == ["W2", "W1", "W0"]
    assert second["next"] is None


def test_an_event_that_is_not_decided_has_no_decisions_yet(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    event = factories.event(workspace)

    assert api.get(f"/api/v1/events/{event.pk}/decisions/").json()["results"] == []


def test_events_of_others_have_no_decisions(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    event = decided(workspace)

    answer = client_for(other_workspace).get(f"/api/v1/events/{event.pk}/decisions/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_who_reads_may_ask(client_for: ClientFor, workspace: Workspace) -> None:
    event = decided(workspace)

    assert client_for(workspace, Role.VIEWER).get(f"/api/v1/events/{event.pk}/decisions/").status_code == 200
    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 1
