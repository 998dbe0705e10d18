"""Resend's API as it is documented. Source: resend.com/docs/api-reference, "Send email" and "Errors"."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connectors.conftest import Connect, Operate, failure, outcome

pytestmark = pytest.mark.django_db

MAIL = {"from": "Acme <hello@acme.com>", "to": ["ada@example.com"], "subject": "Hello", "text": "Hello Ada"}


@pytest.fixture(autouse=True)
def account(connect: Connect) -> None:
    connect("resend_api", {"token": "re_12345678"})


def test_a_mail_is_sent_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/emails", method="POST").respond_with_json({"id": "49a3999c"})

    result = operate("resend_send_email", MAIL)

    assert result.output == {"id": "49a3999c"}
    [(sent, _)] = httpserver.log
    assert sent.get_json() == MAIL
    assert sent.headers["Authorization"] == "Bearer re_12345678"
    assert sent.headers["Idempotency-Key"] == "run:greet:0"


@pytest.mark.parametrize(
    ("status", "name", "headers", "expected"),
    [
        (401, "missing_api_key", {}, ("unauthorized", False, None)),
        (403, "invalid_api_key", {}, ("unauthorized", False, None)),
        (409, "concurrent_idempotent_requests", {}, ("conflict", True, None)),
        (422, "validation_error", {}, ("invalid_message", False, None)),
        (429, "rate_limit_exceeded", {"Retry-After": "1"}, ("rate_limited", True, 1.0)),
        (500, "application_error", {}, ("http_status", True, None)),
    ],
)
def test_its_errors_are_told(
    operate: Operate, httpserver: HTTPServer, status: int, name: str, headers: dict[str, str], expected: Any
) -> None:
    said = {"statusCode": status, "name": name, "message": "Not like that"}
    httpserver.expect_request("/emails").respond_with_json(said, status=status, headers=headers)

    error = failure(operate, "resend_send_email", MAIL)

    assert outcome(error) == expected
    assert error.message.startswith(f"Resend API answered {status}: Not like that")
