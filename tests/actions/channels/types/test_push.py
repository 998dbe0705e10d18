import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Notice
from actions.channels.registry import channels
from tests.actions import opening

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
TOKEN = "tk_canary-t0k3n"


def having(call: ActionCall, url: str, token: str = TOKEN) -> ActionCall:
    settings = {"base_url": url, "topic_prefix": "acme-"}
    return opening.having(call, "ntfy", settings=settings, secrets={"token": token})


def test_a_message_is_published_to_the_topic_with_its_prefix(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/", method="POST").respond_with_json({"id": "n1"})
    notice = Notice("orders", "Paid", "Order 7 is paid", link="https://example.com/7")

    receipt = channels.get("push").deliver(notice, having(call, httpserver.url_for("")))

    sent = httpserver.log[0][0]
    assert sent.json == {
        "topic": "acme-orders",
        "message": "Order 7 is paid",
        "title": "Paid",
        "click": "https://example.com/7",
    }
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert receipt.id == "n1"
    assert TOKEN not in str(receipt)


def test_an_open_server_gets_no_token_and_no_link_that_is_relative(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_json({"id": "n1"})

    channels.get("push").deliver(Notice("o", "", "é" * 5000, link="/x"), having(call, httpserver.url_for(""), token=""))

    sent = httpserver.log[0][0]
    assert "Authorization" not in sent.headers
    assert sent.json == {"topic": "acme-o", "message": "é" * 2048}


@pytest.mark.parametrize("to", ["", "a b", "a/b", "x" * 65, "é"])
def test_what_is_no_topic_is_refused(call: ActionCall, to: str) -> None:
    with pytest.raises(ValueError, match="is not a topic"):
        channels.get("push").check_to(to)


def test_a_topic_that_is_too_long_with_its_prefix_is_refused(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="with the connection's prefix"):
        channels.get("push").deliver(Notice("x" * 62, "", "y"), having(call, "http://127.0.0.1"))
