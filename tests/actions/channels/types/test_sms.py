import base64
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Notice
from actions.channels.registry import channels
from tests.actions import mail_server, opening

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
SID = "AC" + "0" * 32
TOKEN = "canary-t0k3n"
PATH = f"/2010-04-01/Accounts/{SID}/Messages.json"
NOTICE = Notice("+31 6 1234-5678", "Ignored", "Hello", link="https://example.com/x")


def having(call: ActionCall, url: str, **changes: Any) -> ActionCall:
    settings = {"account_sid": SID, "from_number": "+15005550006", "base_url": url, **changes}
    return opening.having(call, "twilio", settings=settings, secrets={"auth_token": TOKEN})


def test_a_text_message_is_sent_as_twilio_takes_it(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json({"sid": "SM1"}, status=201)

    receipt = channels.get("sms").deliver(NOTICE, having(call, httpserver.url_for("")))

    sent = httpserver.log[0][0]
    assert parse_qs(sent.get_data(as_text=True)) == {
        "To": ["+31612345678"],
        "From": ["+15005550006"],
        "Body": ["Hello\nhttps://example.com/x"],
    }
    assert base64.b64decode(sent.headers["Authorization"].removeprefix("Basic ")).decode() == f"{SID}:{TOKEN}"
    assert receipt.id == "SM1"
    assert TOKEN not in str(receipt)
    assert "authorization" not in str(receipt).lower()


def test_a_messaging_service_is_named_as_one(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request(PATH).respond_with_json({"sid": "SM1"}, status=201)

    channels.get("sms").deliver(NOTICE, having(call, httpserver.url_for(""), from_number="MG" + "1" * 32))

    assert "MessagingServiceSid=MG" in httpserver.log[0][0].get_data(as_text=True)


@pytest.mark.parametrize(
    ("status", "code", "is_retryable"),
    [(400, "http_status", False), (401, "http_status", False), (429, "http_status", True), (503, "http_status", True),
     (500, "outcome_unknown", False), (504, "outcome_unknown", False)],
)  # fmt: skip
def test_only_what_was_surely_not_sent_is_tried_again(
    httpserver: HTTPServer, call: ActionCall, status: int, code: str, is_retryable: bool
) -> None:
    httpserver.expect_request(PATH).respond_with_json({"message": TOKEN}, status=status)

    with pytest.raises(ActionFailedError) as raised:
        channels.get("sms").deliver(NOTICE, having(call, httpserver.url_for("")))

    assert (raised.value.code, raised.value.is_retryable) == (code, is_retryable)
    assert raised.value.is_outcome_unknown is (code == "outcome_unknown")
    assert TOKEN not in raised.value.message


def test_without_a_connection_to_twilio_nothing_was_sent(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError) as raised:
        channels.get("sms").deliver(NOTICE, having(call, f"http://127.0.0.1:{mail_server.free_port()}"))

    assert (raised.value.code, raised.value.is_retryable) == ("connection_failed", True)


@pytest.mark.parametrize(
    "to",
    ["0612345678", "+0612345678", "+31", "", "+31612345678901234", "+3161234567x", "+\u0663\u0661\u0666"],
)
def test_what_is_no_phone_number_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        channels.get("sms").check_to(to)
