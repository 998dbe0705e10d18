from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, Effects
from actions.registry import action_types
from tests.actions import opening

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")


def perform(params: dict[str, Any], call: ActionCall, url: str) -> ActionResult:
    settings = {"base_url": url, "channel": "#general"}
    call = opening.having(call, "slack", settings=settings, secrets={"bot_token": "xoxb-canary-t0k3n"})
    action_type = action_types.get("send_slack_message")
    return action_type.perform(checking.validated(action_type, params), call)


def test_a_message_is_written_and_counted(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/api/chat.postMessage").respond_with_json({"ok": True, "ts": "1.2"})
    blocks = [{"type": "divider"}]

    result = perform({"text": "*Hi*", "blocks": blocks}, call, httpserver.url_for(""))

    assert httpserver.log[0][0].json == {"channel": "#general", "text": "*Hi*", "blocks": blocks}
    assert (result.output, result.usage) == ({"ts": "1.2"}, {"slack_messages_sent": 1})
    assert "canary" not in str(result)
    assert action_types.get("send_slack_message").effects is Effects.ONCE


@pytest.mark.parametrize(("allowed", "sent"), [(False, "&lt;!channel> hi"), (True, "<!channel> hi")])
def test_nobody_calls_everybody_unless_the_author_lets_him(
    httpserver: HTTPServer, call: ActionCall, allowed: bool, sent: str
) -> None:
    httpserver.expect_request("/api/chat.postMessage").respond_with_json({"ok": True})

    perform({"message": "<!channel> hi", "allow_mentions": allowed}, call, httpserver.url_for(""))

    assert httpserver.log[0][0].json["text"] == sent


def test_a_lost_answer_is_not_tried_again(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/api/chat.postMessage").respond_with_data("", status=500)

    with pytest.raises(ActionFailedError) as raised:
        perform({"text": "x"}, call, httpserver.url_for(""))

    assert (raised.value.code, raised.value.is_outcome_unknown) == ("outcome_unknown", True)


def test_what_is_no_channel_is_refused(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="not a channel of Slack"):
        perform({"text": "x", "channel": "<!here>"}, call, "http://127.0.0.1")
