"""Twilio's calls as they are documented. Source: twilio.com/docs/voice/api/call-resource and usage/twilios-response."""

import base64
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connectors.conftest import Connect, Operate, failure, outcome

pytestmark = pytest.mark.django_db

BELOW = "/2010-04-01/Accounts/AC123"
CALL = {"to": "+15558675310", "from": "+15017122661", "twiml": "<Response><Say>Hi & bye</Say></Response>"}


@pytest.fixture(autouse=True)
def account(connect: Connect) -> None:
    connect("twilio_api", {"password": "token-12345678"}, below=BELOW, account_sid="AC123")


def test_a_call_is_made_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    answer = {"sid": "CA1", "status": "queued"}
    httpserver.expect_request(f"{BELOW}/Calls.json", method="POST").respond_with_json(answer, status=201)

    result = operate("twilio_make_call", {**CALL, "record": True})

    assert result.output == {"id": "CA1", "status": "queued"}
    [(sent, _)] = httpserver.log
    assert sent.headers["Authorization"] == f"Basic {base64.b64encode(b'AC123:token-12345678').decode()}"
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    said = {"To": CALL["to"], "From": CALL["from"], "Twiml": CALL["twiml"], "Record": "true"}
    assert dict(sent.form) == said


def test_a_call_is_looked_at(operate: Operate, httpserver: HTTPServer) -> None:
    answer = {"sid": "CA1", "status": "completed", "duration": "12", "price": "-0.03"}
    httpserver.expect_request(f"{BELOW}/Calls/CA1.json", method="GET").respond_with_json(answer)

    result = operate("twilio_get_call", {"call_sid": "CA1"})

    assert result.output == {"id": "CA1", "status": "completed", "duration_seconds": "12", "price": "-0.03"}


@pytest.mark.parametrize(
    ("status", "code", "headers", "expected"),
    [
        (400, 21211, {}, ("http_status", False, None)),
        (401, 20003, {}, ("unauthorized", False, None)),
        (429, 20429, {"Retry-After": "2"}, ("rate_limited", True, 2.0)),
    ],
)
def test_its_errors_are_told(
    operate: Operate, httpserver: HTTPServer, status: int, code: int, headers: dict[str, str], expected: Any
) -> None:
    more = f"https://www.twilio.com/docs/errors/{code}"
    said = {"code": code, "message": "Not like that", "more_info": more, "status": status}
    httpserver.expect_request(f"{BELOW}/Calls.json").respond_with_json(said, status=status, headers=headers)

    error = failure(operate, "twilio_make_call", CALL)

    assert outcome(error) == expected
    assert error.message.startswith(f"Twilio calls answered {status}: Not like that")
