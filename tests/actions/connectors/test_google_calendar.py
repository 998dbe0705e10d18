"""Google Calendar's events.insert as it is documented. Source: developers.google.com, "Events: insert", "Errors"."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connectors.conftest import Connect, Operate, failure, outcome

pytestmark = pytest.mark.django_db

MEETING = {
    "title": "Kick-off",
    "start": "2026-01-31T09:00:00+01:00",
    "end": "2026-01-31T09:30:00+01:00",
    "attendees": ["ada@example.com", "grace@example.com"],
}
EVENT = {
    "kind": "calendar#event",
    "id": "ev1",
    "status": "confirmed",
    "htmlLink": "https://www.google.com/calendar/event?eid=1",
    "start": {"dateTime": "2026-01-31T09:00:00+01:00"},
    "end": {"dateTime": "2026-01-31T09:30:00+01:00"},
}


@pytest.fixture(autouse=True)
def account(connect: Connect) -> None:
    connect("google_calendar", {"access_token": "ya29.12345678"}, below="/calendar/v3")


def test_a_meeting_is_inserted_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/calendar/v3/calendars/team@example.com/events", method="POST").respond_with_json(EVENT)

    result = operate("schedule_meeting", {**MEETING, "calendar_id": "team@example.com"})

    assert (result.output["id"], result.output["url"], result.usage) == ("ev1", EVENT["htmlLink"], {"http_calls": 1})
    [(sent, _)] = httpserver.log
    assert sent.headers["Authorization"] == "Bearer ya29.12345678"
    assert sent.query_string == b"sendUpdates=all"
    assert sent.get_json() == {
        "summary": "Kick-off",
        "start": {"dateTime": "2026-01-31T09:00:00+01:00"},
        "end": {"dateTime": "2026-01-31T09:30:00+01:00"},
        "attendees": [{"email": "ada@example.com"}, {"email": "grace@example.com"}],
    }


@pytest.mark.parametrize(
    ("status", "reason", "headers", "expected"),
    [
        (401, "authError", {}, ("unauthorized", False, None)),
        (403, "forbiddenForNonOrganizer", {}, ("forbidden", False, None)),
        (403, "rateLimitExceeded", {}, ("rate_limited", True, None)),
        (404, "notFound", {}, ("not_found", False, None)),
        (429, "rateLimitExceeded", {"Retry-After": "9"}, ("rate_limited", True, 9.0)),
    ],
)
def test_its_errors_are_told_by_their_reason(
    operate: Operate, httpserver: HTTPServer, status: int, reason: str, headers: dict[str, str], expected: Any
) -> None:
    errors = [{"domain": "calendar", "reason": reason, "message": "Not like that"}]
    said = {"error": {"errors": errors, "code": status, "message": "Not like that"}}
    httpserver.expect_request("/calendar/v3/calendars/primary/events").respond_with_json(
        said, status=status, headers=headers
    )

    error = failure(operate, "schedule_meeting", MEETING)

    assert (outcome(error), error.usage) == (expected, {"http_calls": 1})
    assert error.message.startswith(f"Google Calendar answered {status}: Not like that")
