"""Schedules over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests import schedules
from tests.conftest import ClientFor
from triggers.services import ticking

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def preview(api: APIClient, document: dict[str, Any]) -> Any:
    return api.post("/api/v1/triggers/preview/", document, format="json")


@time_machine.travel(datetime(2026, 3, 27, 12, tzinfo=UTC), tick=False)
def test_a_preview_shows_ten_times_with_their_offset(client_for: ClientFor, workspace: Workspace) -> None:
    params = {"cron": "30 2 * * *", "timezone": "Europe/Amsterdam"}

    answer = preview(client_for(workspace, Role.VIEWER), {"type": "schedule", "params": params})

    assert answer.status_code == 200
    body = answer.json()
    assert body["sentence"] == "At 02:30 every day, in the time zone Europe/Amsterdam."
    assert body["next"][:3] == [
        "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00",
    ]  # fmt: skip
    assert (len(body["next"]), body["timezone"], body["problems"]) == (10, "Europe/Amsterdam", [])


def test_a_preview_of_what_cannot_be_is_its_problems(api: APIClient) -> None:
    answer = preview(api, {"type": "schedule", "params": {"cron": "0 25 * * *"}})

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "sentence": "",
            "next": [],
            "timezone": "",
            "problems": [
                {
                    "path": "/params/cron",
                    "code": "invalid",
                    "message": "The field hour is not valid: expected 0-23, with * , - and /; got '25'.",
                }
            ],
        },
    )


def test_a_preview_of_the_past_has_no_times(api: APIClient) -> None:
    body = preview(api, {"type": "schedule", "params": {"at": "2020-01-01"}}).json()

    assert (body["next"], body["problems"]) == ([], [])


@pytest.mark.parametrize(
    "document",
    [{}, {"type": 5}, {"type": "schedule", "params": []}, {"type": "schedule", "x": 1}, []],
    ids=str,
)
def test_a_preview_of_no_trigger_is_refused(api: APIClient, document: Any) -> None:
    assert preview(api, document).status_code == 400


@pytest.mark.parametrize("word", ["\x00", "💥", "9" * 5000, "* * * * *\n", "' OR 1=1", "../../etc/passwd", "{{ now }}"])
@pytest.mark.parametrize("name", ["cron", "at", "rrule", "timezone", "starts_at", "every_seconds"])
def test_hostile_text_is_a_problem_and_no_error(api: APIClient, name: str, word: str) -> None:
    answer = preview(api, {"type": "schedule", "params": {name: word}})

    assert answer.status_code in {200, 400}
    assert answer.status_code == 400 or answer.json()["problems"] or name == "cron"


def test_schedules_are_listed_with_what_they_did_last(api: APIClient, workspace: Workspace) -> None:
    row = schedules.due_at(schedules.published(workspace, cron="0 9 * * *"), NINE)
    ticking.tick(now=NINE)

    (shown,) = api.get("/api/v1/schedules/").json()["results"]

    assert shown == {
        "id": str(row.pk),
        "trigger": "t1",
        "workflow": {"id": str(row.trigger.workflow_id), "name": "Report"},
        "sentence": "At 09:00 every day, in the time zone UTC.",
        "timezone": "UTC",
        "is_active": True,
        "next_fire_at": "2026-01-06T09:00:00Z",
        "last_tick": {"scheduled_for": "2026-01-05T09:00:00Z", "status": "fired", "reason": ""},
    }


@time_machine.travel(NINE + timedelta(minutes=10), tick=False)
def test_a_schedule_is_shown_with_its_next_times_and_what_it_missed(api: APIClient, workspace: Workspace) -> None:
    row = schedules.due_at(schedules.published(workspace, cron="* * * * *", timezone="Europe/Berlin"), NINE)
    ticking.tick(now=NINE + timedelta(minutes=10))

    shown = api.get(f"/api/v1/schedules/{row.pk}/").json()

    assert shown["params"] == {"cron": "* * * * *", "timezone": "Europe/Berlin"}
    assert (shown["next"][0], shown["next"][9], len(shown["next"])) == (
        "2026-01-05T10:11:00+01:00", "2026-01-05T10:20:00+01:00", 10,
    )  # fmt: skip
    assert [(each["status"], each["slots"]) for each in shown["ticks"]] == [("fired", 1), ("fired", 1), ("missed", 9)]
    assert shown["missed"] == {"slots": 9, "is_exact": True, "last_slot": "2026-01-05T09:08:00Z"}
    assert shown["last_tick"] == {"scheduled_for": "2026-01-05T09:10:00Z", "status": "fired", "reason": ""}


def test_a_paused_schedule_has_no_next_times(api: APIClient, workspace: Workspace) -> None:
    row = schedules.published(workspace, cron="@daily")
    api.post(f"/api/v1/workflows/{row.trigger.workflow_id}/pause/")

    shown = api.get(f"/api/v1/schedules/{row.pk}/").json()

    assert (shown["is_active"], shown["next_fire_at"], shown["next"], shown["ticks"]) == (False, None, [], [])
    assert shown["missed"] == {"slots": 0, "is_exact": True, "last_slot": None}


def test_schedules_are_filtered(api: APIClient, workspace: Workspace) -> None:
    early = schedules.due_at(schedules.published(workspace, name="Early report", cron="@daily"), NINE)
    late = schedules.due_at(schedules.published(workspace, name="Late", cron="@daily"), NINE + timedelta(days=1))
    paused = schedules.published(workspace, name="Paused report", cron="@daily")
    api.post(f"/api/v1/workflows/{paused.trigger.workflow_id}/pause/")
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["Paused report", "Late", "Early report"]),
        ({"workflow": "late"}, ["Late"]),
        ({"workflow": str(early.trigger.workflow_id)}, ["Early report"]),
        ({"is_active": "false"}, ["Paused report"]),
        ({"q": "REPORT", "is_active": "true"}, ["Early report"]),
        ({"due_before": (NINE + timedelta(hours=1)).isoformat()}, ["Early report"]),
        ({"due_before": NINE.isoformat()}, []),
        ({"workflow": str(late.pk)}, []),
    ]

    for query, names in cases:
        shown = [row["workflow"]["name"] for row in api.get("/api/v1/schedules/", query).json()["results"]]
        assert shown == names, query


def test_a_long_list_takes_no_more_queries(
    api: APIClient, workspace: Workspace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    schedules.many([workspace], 30, params={"cron": "@daily", "timezone": "UTC"}, slot=NINE)

    with django_assert_max_num_queries(6):
        assert len(api.get("/api/v1/schedules/").json()["results"]) == 30


def test_ticks_are_listed_and_filtered_by_what_became_of_them(api: APIClient, workspace: Workspace) -> None:
    row = schedules.due_at(schedules.published(workspace, cron="* * * * *"), NINE)
    ticking.tick(now=NINE + timedelta(minutes=10))
    url = f"/api/v1/schedules/{row.pk}/ticks/"

    everything = [each["status"] for each in api.get(url).json()["results"]]
    (missed,) = api.get(url, {"status": "missed"}).json()["results"]

    assert everything == ["fired", "fired", "missed"]
    assert (missed["scheduled_for"], missed["last_slot"], missed["slots"], missed["is_exact"], missed["event"]) == (
        "2026-01-05T09:00:00Z", "2026-01-05T09:08:00Z", 9, True, None,
    )  # fmt: skip
    assert missed["reason"] == "nothing looked at 9 times in time; catch_up is latest"


def test_what_is_no_filter_is_refused(api: APIClient, workspace: Workspace) -> None:
    row = schedules.published(workspace, cron="@daily")

    assert api.get(f"/api/v1/schedules/{row.pk}/ticks/", {"status": "late"}).status_code == 400
    assert api.get("/api/v1/schedules/", {"x": "1"}).status_code == 400
    assert api.get("/api/v1/schedules/", {"due_before": "tomorrow"}).status_code == 400


def test_schedules_of_others_do_not_exist(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    row = schedules.published(workspace, cron="@daily")
    stranger = client_for(other_workspace)

    assert stranger.get("/api/v1/schedules/").json()["results"] == []
    assert stranger.get(f"/api/v1/schedules/{row.pk}/").status_code == 404
    assert stranger.get(f"/api/v1/schedules/{row.pk}/ticks/").status_code == 404
    assert stranger.get("/api/v1/schedules/x/ticks/").status_code == 404
