from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, races
from tests.conftest import ClientFor
from tests.envelopes import envelope, refused
from triggers.models import Event

URL = "/api/v1/events/"
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def post(api: APIClient, **event: Any) -> Any:
    return api.post(URL, {"type": "lead.created", **event}, format="json")


def count(workspace: Workspace) -> int:
    with tenancy.scope(workspace.pk):
        return Event.objects.count()


@time_machine.travel(NOW, tick=False)
def test_the_short_form_is_accepted_with_defaults(api: APIClient, workspace: Workspace) -> None:
    answer = post(api)

    assert answer.status_code == 202
    uid = answer.json()["uid"]
    assert UUID(uid).version == 7
    assert answer.json() == {
        "id": uid,
        "uid": uid,
        "type": "lead.created",
        "source": workspace.slug,
        "time": "2026-01-31T09:30:00Z",
        "duplicate": False,
    }


@time_machine.travel(NOW, tick=False)
def test_everything_that_was_sent_is_stored_and_shown(api: APIClient) -> None:
    sent = {
        "id": "order-7",
        "source": "https://shop.example/orders",
        "type": "order.paid",
        "subject": "customer/ünï",
        "time": "2026-01-30T10:00:00.123456+02:00",
        "data": {"total": 12.5, "lines": [{"sku": "ä", "count": 2}], "gift": None},
    }

    uid = api.post(URL, sent, format="json").json()["uid"]

    assert api.get(f"{URL}{uid}/").json() == {
        **sent,
        "uid": uid,
        "time": "2026-01-30T08:00:00.123456Z",
        "received_at": "2026-01-31T09:30:00Z",
        "matched_at": None,
    }


def test_a_doubled_event_is_answered_with_the_first(api: APIClient, workspace: Workspace) -> None:
    first = post(api, id="7", source="shop", data={"a": 1}, time="2026-01-31T09:30:00Z")

    second = post(api, id="7", source="shop", data={"a": 2}, type="other", time="2026-02-01T00:00:00Z")

    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == {**first.json(), "duplicate": True}
    assert count(workspace) == 1


def test_the_same_id_with_another_source_is_another_event(api: APIClient, workspace: Workspace) -> None:
    first, second = post(api, id="7", source="shop").json(), post(api, id="7", source="crm").json()

    assert first["uid"] != second["uid"]
    assert second["duplicate"] is False
    assert count(workspace) == 2


def test_the_same_event_in_another_workspace_is_another_event(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace
) -> None:
    ours, theirs = post(api, id="7", source="shop"), post(client_for(other_workspace), id="7", source="shop")

    assert ours.json()["uid"] != theirs.json()["uid"]
    assert theirs.json()["duplicate"] is False


def test_events_without_an_id_are_never_doubles(api: APIClient, workspace: Workspace) -> None:
    post(api)
    post(api)

    assert count(workspace) == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_of_one_event_at_once_are_answered_with_one_uid(
    workspace: Workspace, client_for: ClientFor
) -> None:
    clients = [client_for(workspace) for _ in range(20)]

    answers = races.at_once(lambda number: post(clients[number], id="7", source="shop"), threads=20)

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["uid"] for answer in answers}) == 1
    assert [answer.json()["duplicate"] for answer in answers].count(False) == 1
    assert count(workspace) == 1


def test_an_event_is_found_by_our_uid_and_by_the_senders_id(api: APIClient) -> None:
    uid = post(api, id="order-7").json()["uid"]

    assert api.get(f"{URL}{uid}/").json()["uid"] == uid
    assert api.get(f"{URL}order-7/").json()["uid"] == uid


def test_an_id_that_several_sources_used_means_the_newest(api: APIClient) -> None:
    post(api, id="7", source="shop")
    newest = post(api, id="7", source="crm").json()["uid"]

    assert api.get(f"{URL}7/").json()["uid"] == newest


def test_a_senders_id_cannot_hide_the_event_with_this_uid(api: APIClient) -> None:
    first = post(api).json()["uid"]
    post(api, id=first, source="impostor")

    assert api.get(f"{URL}{first}/").json()["uid"] == first


def test_events_of_another_workspace_are_not_found(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace
) -> None:
    foreign = post(client_for(other_workspace), id="theirs").json()["uid"]

    refused(api.get(f"{URL}{foreign}/"), status=404, code="not_found")
    refused(api.get(f"{URL}theirs/"), status=404, code="not_found")
    assert api.get(URL).json()["results"] == []


@pytest.mark.parametrize(
    "pk", ["7", "01890000-0000-7000-8000-000000000001", "x" * 1000, "%F0%9F%98%80", "' OR 1=1 --", "..%2F", "null"]
)
def test_what_is_no_event_is_not_found(api: APIClient, pk: str) -> None:
    post(api, id="other")

    answer = api.get(f"{URL}{pk}/")

    refused(answer, status=404, code="not_found")


def test_a_missing_event_is_named_in_short(api: APIClient) -> None:
    answer = api.get(f"{URL}{'x' * 1000}/")

    assert envelope(answer)["detail"] == f"There is no event {'x' * 64!r} in this workspace."


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["3", "2", "1"]),
        ({"type": "lead.created"}, ["2", "1"]),
        ({"type": "lead.*"}, ["3", "2", "1"]),
        ({"type": "*.closed"}, ["3"]),
        ({"type": "**"}, ["3", "2", "1"]),
        ({"type": "*"}, []),
        ({"id": "2"}, ["2"]),
        ({"matched": "false"}, ["3", "2", "1"]),
        ({"matched": "true"}, []),
        ({"since": "2020-01-01T00:00:00Z"}, ["3", "2", "1"]),
        ({"until": "2020-01-01T00:00:00Z"}, []),
        ({"source": "crm"}, ["3", "2"]),
        ({"subject": "ann"}, ["1"]),
        ({"subject": ""}, ["3", "2"]),
        ({"type": "lead.created", "source": "crm"}, ["2"]),
        ({"type": "nothing"}, []),
    ],
    ids=str,
)
def test_a_list_is_filtered_by_its_columns_newest_first(
    api: APIClient, query: dict[str, str], found: list[str]
) -> None:
    post(api, id="1", source="shop", subject="ann")
    post(api, id="2", source="crm")
    post(api, id="3", source="crm", type="lead.closed")

    assert [row["id"] for row in api.get(URL, query).json()["results"]] == found


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("typ", " Did you mean 'type'?"),
        ("workspace", " There are cursor, limit, type, source, subject, id, sent_by_run, since, until, matched."),
    ],
)
def test_a_filter_that_does_not_exist_is_refused_and_not_ignored(api: APIClient, name: str, guess: str) -> None:
    problems = refused(api.get(URL, {name: "x"}), status=400, code="invalid")

    assert problems == [{"path": f"/{name}", "code": "unknown_field", "message": f"{name!r} is not known here.{guess}"}]


def test_a_matched_event_says_when(api: APIClient, workspace: Workspace) -> None:
    event = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        Event.objects.update(matched_at=NOW)

    assert api.get(f"{URL}{event.pk}/").json()["matched_at"] == "2026-01-31T09:30:00Z"


def test_reading_changes_nothing(api: APIClient, workspace: Workspace) -> None:
    event = factories.event(workspace)

    first, second = (api.get(f"{URL}{event.pk}/").json() for _ in range(2))

    assert first == second
    assert count(workspace) == 1


def test_a_cloudevent_that_is_sent_as_plain_json_is_told_how_to_be_sent(api: APIClient) -> None:
    answer = post(api, specversion="1.0", source="/shop", id="1")

    assert answer.status_code == 400
    assert "`Content-Type: application/cloudevents+json`" in answer.json()["detail"]


def test_an_event_that_a_run_sent_says_which_and_how_deep_it_is(api: APIClient, workspace: Workspace) -> None:
    event = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=event.pk).update(cause_run=event.pk, depth=3)

    shown = api.get(f"{URL}{event.pk}/").json()

    assert (shown["sent_by_run"], shown["depth"]) == (str(event.pk), 3)
