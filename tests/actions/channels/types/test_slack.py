import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Notice
from actions.channels.registry import channels
from tests.actions import opening

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
TOKEN = "xoxb-canary-t0k3n"
NOTICE = Notice("#general", "Hi <b>", "Ada & <!channel>", link="https://example.com/?a=1&b=2")


def having(call: ActionCall, url: str, channel: str = "") -> ActionCall:
    settings = {"base_url": url, "channel": channel}
    return opening.having(call, "slack", settings=settings, secrets={"bot_token": TOKEN})


def test_a_bot_writes_text_and_no_markup_of_strangers(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/api/chat.postMessage").respond_with_json({"ok": True, "ts": "1.2"})

    receipt = channels.get("slack").deliver(NOTICE, having(call, httpserver.url_for("")))

    sent = httpserver.log[0][0]
    assert sent.json == {
        "channel": "#general",
        "text": "*Hi &lt;b&gt;*\nAda &amp; &lt;!channel&gt;\nhttps://example.com/?a=1&amp;b=2",
    }
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert receipt.id == "1.2"
    assert TOKEN not in str(receipt)


@pytest.mark.parametrize(("error", "is_retryable"), [("channel_not_found", False), ("ratelimited", True)])
def test_a_refusal_in_a_200_is_a_failure(
    httpserver: HTTPServer, call: ActionCall, error: str, is_retryable: bool
) -> None:
    httpserver.expect_request("/api/chat.postMessage").respond_with_json({"ok": False, "error": error})

    with pytest.raises(ActionFailedError, match=error) as raised:
        channels.get("slack").deliver(NOTICE, having(call, httpserver.url_for("")))

    assert (raised.value.code, raised.value.is_retryable) == ("slack_refused", is_retryable)


def test_a_webhook_has_its_own_channel_and_its_url_is_not_kept(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/services/T0/canary-s3cret").respond_with_data("ok")
    url = httpserver.url_for("/services/T0/canary-s3cret")
    call = opening.having(call, "slack", settings={}, secrets={"webhook_url": url})

    receipt = channels.get("slack").deliver(Notice("", "", "Hello"), call)

    assert httpserver.log[0][0].json == {"text": "Hello"}
    assert "canary-s3cret" not in str(receipt)
    with pytest.raises(ActionFailedError, match="its own channel only"):
        channels.get("slack").deliver(NOTICE, call)


def test_without_a_channel_nothing_is_sent(httpserver: HTTPServer, call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="no channel is said"):
        channels.get("slack").deliver(Notice("", "", "x"), having(call, httpserver.url_for("")))

    assert httpserver.log == []


@pytest.mark.parametrize("to", ["<!channel>", "a b", "#", "x" * 90])
def test_what_is_no_channel_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="is not a channel of Slack"):
        channels.get("slack").check_to(to)
