import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, Effects
from actions.registry import action_types
from tests.actions import opening

SID = "AC" + "0" * 32


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_text_message_is_sent_and_counted(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request(f"/2010-04-01/Accounts/{SID}/Messages.json").respond_with_json({"sid": "SM1"}, status=201)
    settings = {"account_sid": SID, "from_number": "+15005550006", "base_url": httpserver.url_for("")}
    call = opening.having(call, "twilio", settings=settings, secrets={"auth_token": "canary-t0k3n"})
    action_type = action_types.get("send_sms")

    params = checking.validated(action_type, {"to": 31612345678, "message": "Hi"} | {"to": "+31612345678"})
    result = action_type.perform(params, call)

    assert result.output == {"id": "SM1", "to": "+31612345678"}
    assert result.usage == {"sms_sent": 1}
    assert "canary" not in str(result)
    assert action_type.effects is Effects.ONCE


def test_a_number_that_is_none_is_a_failure(call: ActionCall) -> None:
    action_type = action_types.get("send_sms")

    with pytest.raises(ActionFailedError) as raised:
        action_type.perform(checking.validated(action_type, {"to": "112", "text": "Hi"}), call)

    assert (raised.value.code, raised.value.is_retryable) == ("invalid_recipient", False)


def test_without_a_connection_it_says_what_is_missing(call: ActionCall) -> None:
    action_type = action_types.get("send_sms")

    with pytest.raises(ActionFailedError, match="twilio") as raised:
        action_type.perform(checking.validated(action_type, {"to": "+31612345678", "text": "Hi"}), call)

    assert raised.value.code == "unknown_connection"


def test_a_text_that_is_too_long_is_refused(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="at most 1600"):
        checking.validated(action_types.get("send_sms"), {"to": "+31612345678", "text": "x" * 1601})


def test_a_number_that_is_none_is_a_problem_where_it_is_written_out() -> None:
    action_type = action_types.get("send_sms")

    (problem,) = checking.check_params(action_type, {"to": "06", "text": "Hi"}, path="/params")
    rest = [checking.check_params(action_type, {"to": to, "text": "Hi"}, path="") for to in ("{{ a }}", "+31612345678")]

    assert (problem.path, problem.code) == ("/params/to", "invalid_recipient")
    assert rest == [[], []]
