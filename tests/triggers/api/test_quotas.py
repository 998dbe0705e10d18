"""Events over `max_events_per_day`."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, hooks
from tests.envelopes import envelope, refused
from triggers.models import Event, EventDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_a_day(workspace: Workspace) -> Workspace:
    workspace.limits = {"max_events_per_day": 2}
    workspace.save()
    return workspace


def send(api: APIClient, id_: str = "") -> Any:
    return api.post("/api/v1/events/", {"type": "lead.created", "data": {}, **({"id": id_} if id_ else {})}, "json")


def used(workspace: Workspace) -> tuple[int, int]:
    """How many events are stored, and how many are counted."""
    with tenancy.scope(workspace.pk):
        return Event.objects.count(), EventDay.objects.get().accepted


def test_an_event_over_the_quota_is_refused_until_midnight(api: APIClient, two_a_day: Workspace) -> None:
    assert [send(api).status_code for _ in range(2)] == [202, 202]

    answer = send(api)

    assert refused(answer, status=429, code="quota_exceeded") == []
    detail = envelope(answer)["detail"]
    assert detail.startswith("The workspace accepts 2 events a day (max_events_per_day); the next from 20")
    assert detail.endswith(" 00:00:00Z.")
    assert 1 <= int(answer["Retry-After"]) <= 86_400
    assert used(two_a_day) == (2, 2)


def test_an_event_that_was_accepted_before_is_answered_as_ever_and_takes_nothing(
    api: APIClient, two_a_day: Workspace
) -> None:
    answers = [send(api, id_) for id_ in ("a", "a", "b", "a", "c")]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 429]
    assert used(two_a_day) == (2, 2)


def test_in_a_batch_each_event_is_refused_on_its_own(api: APIClient, two_a_day: Workspace) -> None:
    events: list[Any] = [{"type": "lead.created", "data": {}, "id": id_} for id_ in ("a", "a", "b", "c", "a", "c")]

    answer = api.post("/api/v1/events/batch/", {"events": events}, "json")

    assert answer.status_code == 207
    codes = [(each.get("error") or {}).get("code", "") for each in answer.json()["results"]]
    assert codes == ["", "", "", "quota_exceeded", "", "quota_exceeded"]
    assert used(two_a_day) == (2, 2)


def test_a_request_to_a_webhook_over_the_quota_is_refused_and_noted(two_a_day: Workspace) -> None:
    hook = hooks.published(two_a_day)
    answers = [hooks.post(hook, {"number": number}) for number in range(3)]

    assert [each.status_code for each in answers] == [202, 202, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 86_400
    assert "max_events_per_day" in hooks.refreshed(hook).last_refusal
    assert used(two_a_day) == (2, 2)


def test_what_happens_inside_is_neither_refused_nor_counted(two_a_day: Workspace) -> None:
    for _ in range(3):
        factories.event(two_a_day)

    with tenancy.scope(two_a_day.pk):
        assert (Event.objects.count(), EventDay.objects.count()) == (3, 0)


def test_without_a_quota_nothing_is_asked_of_the_database(api: APIClient, workspace: Workspace) -> None:
    with CaptureQueriesContext(connection) as queries:
        send(api)

    assert not [each for each in queries.captured_queries if "eventday" in each["sql"]]
