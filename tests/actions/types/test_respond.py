from typing import Any

import pytest

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types


def perform(call: ActionCall, **params: Any) -> ActionResult:
    action_type = action_types.get("respond")
    return action_type.perform(checking.validated(action_type, params), call)


@pytest.mark.parametrize(
    ("params", "output"),
    [
        ({}, {"status": 200, "headers": {}, "body": None}),
        ({"status": 404, "body": "no"}, {"status": 404, "headers": {}, "body": "no"}),
        (
            {"headers": {"X-Kind": "a", "Location": "https://x.example"}, "body": {"a": [1]}},
            {"status": 200, "headers": {"X-Kind": "a", "Location": "https://x.example"}, "body": {"a": [1]}},
        ),
    ],
    ids=str,
)
def test_the_output_is_the_answer(params: dict[str, Any], output: dict[str, Any], call: ActionCall) -> None:
    assert perform(call, **params).output == output


@pytest.mark.parametrize("status", [0, 100, 199, 600, "x"])
def test_a_status_that_ends_no_request_is_refused(status: Any, call: ActionCall) -> None:
    with pytest.raises(ActionFailedError):
        perform(call, status=status)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nSet-Cookie: crlf=injection"},
        {"X-A": "b\nc"},
        {"X-A": "é"},
        {"X-A": "\u560d\u560aSet-Cookie:crlf=injection"},
        {"X-A\r\nSet-Cookie": "a"},
        {"X A": "a"},
        {"": "a"},
        {"X-A": "a" * 2001},
        *({name: "a"} for name in ("Set-Cookie", "transfer-encoding", "Content-Length", "Content-Security-Policy")),
        {f"X-{number}": "a" for number in range(51)},
    ],
)
def test_a_header_that_could_say_more_than_one_is_refused(headers: dict[str, str], call: ActionCall) -> None:
    with pytest.raises(ActionFailedError):
        perform(call, headers=headers)

    assert checking.check_params(action_types.get("respond"), {"headers": headers}, path="") != []


def test_a_body_that_is_too_large_is_refused(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="65,536 bytes"):
        perform(call, body="x" * 65_535)
