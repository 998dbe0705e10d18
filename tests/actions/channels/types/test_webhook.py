from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Notice
from actions.channels.registry import channels
from core import signing
from tests.actions import opening

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
SECRET = signing.new_secret()


def test_a_message_is_signed_and_has_the_same_id_each_time(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/in").respond_with_data("")
    call = opening.having(call, "webhook", settings={}, secrets={"signing_secret": SECRET})
    notice = Notice(httpserver.url_for("/in"), "Paid", "Order 7", link="/orders/7")

    receipts = [channels.get("webhook").deliver(notice, call) for _ in range(2)]

    requests = [request for request, _ in httpserver.log]
    ids = [
        signing.verify(each.data, headers=dict(each.headers), secrets=[SECRET], now=datetime.now(UTC))
        for each in requests
    ]
    assert ids == ["run:greet:0"] * 2
    data = {"title": "Paid", "message": "Order 7", "link": "/orders/7", "run_id": str(call.run_id)}
    assert (requests[0].json["type"], requests[0].json["data"]) == ("notification", data)
    assert receipts[0].id == "run:greet:0"
    assert SECRET not in str(receipts)


def test_the_connection_says_where_to_when_nobody_does(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/own").respond_with_data("")
    own = {"url": httpserver.url_for("/own")}

    channels.get("webhook").deliver(
        Notice("", "", "x"), opening.having(call, "webhook", settings=own, secrets={"signing_secret": SECRET})
    )

    assert len(httpserver.log) == 1
    with pytest.raises(ActionFailedError, match="no URL is said"):
        channels.get("webhook").deliver(
            Notice("", "", "x"), opening.having(call, "webhook", settings={}, secrets={"signing_secret": SECRET})
        )


@pytest.mark.parametrize("to", ["ftp://example.com", "javascript:alert(1)", "example.com", "http://a:b@example.com"])
def test_what_is_no_url_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        channels.get("webhook").check_to(to)
