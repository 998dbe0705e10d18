import json
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import cases
from tests.conftest import ClientFor
from tests.envelopes import envelope, refused
from triggers.models import Event

URL = "/api/v1/events/batch/"


def post(api: APIClient, *events: Any) -> Any:
    return api.post(URL, {"events": [*events]}, format="json")


def count(workspace: Workspace) -> int:
    with tenancy.scope(workspace.pk):
        return Event.objects.count()


def test_each_event_is_answered_on_its_own_in_order(api: APIClient, workspace: Workspace) -> None:
    first = post(api, {"type": "a", "id": "1"}).json()["results"][0]

    answer = post(api, {"type": "a", "id": "2"}, {"type": "a", "id": "1"}, {"type": "a b", "id": "3"}, 7)

    assert answer.status_code == 207
    second, again, wrong, number = answer.json()["results"]
    assert second == {"id": "2", "uid": second["uid"], "status": "accepted", "error": None}
    assert again == {**first, "status": "duplicate"}
    assert (wrong["id"], wrong["uid"], wrong["status"]) == ("3", None, "rejected")
    assert wrong["error"].keys() == {"code", "detail", "errors"}
    assert [problem["path"] for problem in wrong["error"]["errors"]] == ["/type"]
    assert number["error"] == {"code": "invalid", "detail": "An event is a JSON object: {...}.", "errors": []}
    assert count(workspace) == 2


def test_an_event_that_is_twice_in_a_batch_is_stored_once_with_what_came_first(
    api: APIClient, workspace: Workspace
) -> None:
    one, two = post(api, {"type": "a", "id": "1", "data": {"n": 1}}, {"type": "a", "id": "1", "data": {"n": 2}}).json()[
        "results"
    ]

    assert (one["status"], two["status"], one["uid"]) == ("accepted", "duplicate", two["uid"])
    with tenancy.scope(workspace.pk):
        assert Event.objects.get().data == {"n": 1}


def test_the_same_batch_again_changes_nothing(api: APIClient, workspace: Workspace) -> None:
    events = [{"type": "a", "id": str(number)} for number in range(1000)]
    first = post(api, *events).json()["results"]

    second = post(api, *events).json()["results"]

    assert second == [{**each, "status": "duplicate"} for each in first]
    assert {each["status"] for each in first} == {"accepted"}
    assert count(workspace) == 1000


def test_more_than_a_thousand_are_too_many(api: APIClient, workspace: Workspace) -> None:
    answer = post(api, *[{"type": "a"}] * 1001)

    refused(answer, status=413, code="too_large")
    assert envelope(answer)["detail"] == ("The batch has 1,001 events; at most 1,000 are accepted (max_batch_events).")
    assert count(workspace) == 0


@pytest.mark.parametrize("body", ['{"events": []}', "[]", "{}", '{"events": {}}', '{"events": [], "x": 1}', "{", "7"])
def test_what_is_no_batch_is_refused_as_a_whole(api: APIClient, workspace: Workspace, body: str) -> None:
    answer = api.generic("POST", URL, body, content_type="application/json")

    assert answer.status_code == 400
    envelope(answer)
    assert count(workspace) == 0


def test_what_cannot_be_stored_is_rejected_alone(api: APIClient, workspace: Workspace) -> None:
    events = [r'{"type": "a", "id": "x\u0000"}', r'{"type": "a", "data": {"k": "\ud800"}}', '{"type": "a", "id": "1"}']
    body = f'{{"events": [{", ".join(events)}]}}'

    results = api.generic("POST", URL, body, content_type="application/json").json()["results"]

    assert [each["status"] for each in results] == ["rejected", "rejected", "accepted"]
    assert [each["id"] for each in results] == [None, None, "1"]
    assert results[0]["error"]["code"] == "malformed"
    assert count(workspace) == 1


def test_a_key_that_cannot_be_stored_beside_the_events_is_refused(api: APIClient) -> None:
    answer = api.generic("POST", URL, r'{"events": [{"type": "a"}], "\ud800": 1}', content_type="application/json")

    refused(answer, status=400, code="malformed")


def test_each_event_keeps_the_limit_of_one(api: APIClient, workspace: Workspace) -> None:
    large = {"type": "a", "data": {"x": "y" * 262_144}}

    results = post(api, large, {"type": "a"}).json()["results"]

    assert [each["status"] for each in results] == ["rejected", "accepted"]
    assert results[0]["error"] == {
        "code": "too_large",
        "detail": "The event has 262,172 bytes; at most 262,144 are accepted (max_event_bytes).",
        "errors": [],
    }


def test_a_batch_of_more_than_8_mib_is_too_large(api: APIClient, workspace: Workspace) -> None:
    answer = post(api, *[{"type": "a", "data": {"x": "y" * 200_000}}] * 43)

    refused(answer, status=413, code="too_large")
    assert count(workspace) == 0


def test_a_workspace_may_accept_less_than_the_server(api: APIClient, workspace: Workspace) -> None:
    workspace.limits = {"max_event_bytes": 100, "max_batch_events": 2}
    workspace.save(update_fields=["limits"])
    large = {"type": "a", "data": {"x": "y" * 100}}

    one, many = api.post("/api/v1/events/", large, format="json"), post(api, *[{"type": "a"}] * 3)
    in_batch = post(api, large, {"type": "a"})

    assert refused(one, status=413, code="too_large") == refused(many, status=413, code="too_large") == []
    assert envelope(one)["detail"] == "The event has 128 bytes; at most 100 are accepted (max_event_bytes)."
    assert envelope(many)["detail"] == "The batch has 3 events; at most 2 are accepted (max_batch_events)."
    assert [each["status"] for each in in_batch.json()["results"]] == ["rejected", "accepted"]
    assert count(workspace) == 1


def test_a_viewer_sends_no_batch_and_what_is_accepted_is_in_ones_own_workspace(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    refused(post(client_for(workspace, Role.VIEWER), {"type": "a"}), status=403, code="forbidden")

    assert post(client_for(other_workspace, Role.OPERATOR), {"type": "a"}).status_code == 207
    assert (count(workspace), count(other_workspace)) == (0, 1)


def test_naughty_strings_are_kept_exactly_or_refused_in_all_places(api: APIClient, workspace: Workspace) -> None:
    naughty = cases.load("hostile/blns.json")
    texts = [{"type": "a", "data": {"text": each, each: [each]}} for each in naughty]
    names = [{"type": "a", field: each} for each in naughty for field in ("id", "source", "subject")]
    headers = [{"specversion": "1.0", "type": "a", "source": each, "id": each, "x": each} for each in naughty]

    kept = post(api, *texts).json()["results"]
    named = post(api, *names[:1000]).json()["results"] + post(api, *names[1000:]).json()["results"]
    body = json.dumps(headers)
    cloud = api.generic("POST", URL, body, content_type="application/cloudevents-batch+json")

    assert {each["status"] for each in kept} == {"accepted"}
    with tenancy.scope(workspace.pk):
        rows = Event.objects.in_bulk([each["uid"] for each in kept + named if each["uid"]])
    assert [rows_of(rows, each).data["text"] for each in kept] == naughty
    for event, each in zip(names, named, strict=True):
        assert each["status"] in {"accepted", "duplicate", "rejected"}
        if each["status"] == "accepted" and event.get("id"):
            assert rows_of(rows, each).event_id == event["id"]
    assert cloud.status_code == 207


def rows_of(rows: dict[Any, Event], result: dict[str, Any]) -> Event:
    return rows[UUID(result["uid"])]


def test_real_payloads_are_kept_exactly(api: APIClient, workspace: Workspace) -> None:
    bodies = cases.load_all("payloads")

    results = post(api, *[{"type": f"hook.{number}", "data": body} for number, body in enumerate(bodies)]).json()

    assert {each["status"] for each in results["results"]} == {"accepted"}
    with tenancy.scope(workspace.pk):
        stored = {row.type: row.data for row in Event.objects.all()}
    assert [stored[f"hook.{number}"] for number in range(len(bodies))] == bodies
    assert len(bodies) > 30
