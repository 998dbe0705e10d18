from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import time_machine
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.outbound import OutboundRequest, call
from core.redaction import Redactor

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
REDACTOR = Redactor(["hunter2-and-more"])
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def failure(
    httpserver: HTTPServer,
    *,
    status: int,
    body: str = "",
    headers: dict[str, str] | None = None,
    redactor: Redactor = REDACTOR,
) -> ActionFailedError:
    httpserver.expect_request("/").respond_with_data(body, status=status, headers=headers or {})
    with pytest.raises(ActionFailedError) as raised:
        call(OutboundRequest("GET", httpserver.url_for("/")), timeout_seconds=5, redactor=redactor)
    return raised.value


@pytest.mark.parametrize(
    ("status", "is_retryable"),
    [
        (301, False), (304, False), (400, False), (401, False), (403, False), (404, False), (408, True), (409, False),
        (410, False), (422, False), (425, True), (429, True), (500, True), (501, True),
        (502, True), (503, True), (504, True),
    ],
)  # fmt: skip
def test_only_what_may_pass_is_retried(httpserver: HTTPServer, status: int, is_retryable: bool) -> None:
    error = failure(httpserver, status=status)

    assert (error.code, error.is_retryable) == ("http_status", is_retryable)


def test_the_message_has_the_status_and_the_beginning_of_the_body(httpserver: HTTPServer) -> None:
    error = failure(httpserver, status=422, body="no\n such  lead " + "x" * 500)

    assert error.message == "the answer was 422: no such lead " + "x" * 187  # 200 characters of body
    assert error.response is not None
    assert error.response["status"] == 422
    assert error.request == {"method": "GET", "url": httpserver.url_for("/"), "headers": {}, "query": {}, "body": None}


def test_a_redirect_says_where_it_would_have_led(httpserver: HTTPServer) -> None:
    error = failure(httpserver, status=302, headers={"Location": "http://127.0.0.1/admin"})

    assert error.message == "the answer was 302, which redirects to http://127.0.0.1/admin; that is not followed"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2", 2),
        ("0", 0),
        ("99999", 3600),
        ("9" * 400, 3600),
        (format_datetime(NOW.replace(minute=5), usegmt=True), 300),
        (format_datetime(NOW.replace(hour=2), usegmt=True), 0),
        (format_datetime(NOW.replace(year=2030), usegmt=True), 3600),
        ("Sun, 01 Mar 2026 12:01:00", 60),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_read_as_seconds_or_a_date(
    httpserver: HTTPServer, text: str, seconds: float | None
) -> None:
    with time_machine.travel(NOW, tick=False):
        error = failure(httpserver, status=429, headers={"Retry-After": text})

    assert error.retry_after_seconds == seconds


def test_how_long_to_wait_means_nothing_where_nothing_is_retried(httpserver: HTTPServer) -> None:
    assert failure(httpserver, status=404, headers={"Retry-After": "5"}).retry_after_seconds is None


def test_what_the_door_refuses_carries_the_request_too() -> None:
    with pytest.raises(ActionFailedError) as raised:
        call(OutboundRequest("POST", "http://10.0.0.1/", body=b"{}"), timeout_seconds=5, redactor=REDACTOR)

    assert raised.value.code == "address_refused"
    assert raised.value.request == {
        "method": "POST",
        "url": "http://10.0.0.1/",
        "headers": {},
        "query": {},
        "body": "{}",
    }


def test_a_secret_across_a_cut_is_redacted_before_the_cut(httpserver: HTTPServer) -> None:
    short = failure(httpserver, status=400, body="x" * 195 + "hunter2-and-more")
    httpserver.clear()
    long = failure(httpserver, status=400, body="x" * 65_530 + "hunter2-and-more" + "y" * 200_000)

    assert short.message.endswith("x[reda")
    assert long.response is not None
    assert 50_000 < len(long.response["body"]) <= 65_536
    assert "hunter2" not in str((short.response, long.response))


def test_no_part_of_a_long_secret_is_left_where_a_body_was_cut(httpserver: HTTPServer) -> None:
    secret = "".join(f"{number:04}" for number in range(250))  # 1,000 characters

    failed = failure(httpserver, status=400, body=f"{secret} " * 100, redactor=Redactor([secret]))

    assert failed.response is not None
    parts = [secret[start : start + 12] for start in range(0, 1000, 12)]
    assert not [part for part in parts if part in failed.response["body"]]
