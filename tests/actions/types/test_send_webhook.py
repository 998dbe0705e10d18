from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types
from core import signing
from tests.actions.conftest import CallWith

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {"id": "e1", "type": "stream.ended", "data": {"title": "Zoë"}}


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("send_webhook")
    return action_type.perform(checking.validated(action_type, {"signing_secret": SECRET, **params}), call)


def test_the_receiver_can_verify_what_it_got(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/hook").respond_with_data("", status=204)

    result = perform({"url": httpserver.url_for("/hook"), "payload": {"title": "Zoë"}}, call)

    sent = httpserver.log[0][0]
    verified = signing.verify(sent.data, headers=dict(sent.headers), secrets=[SECRET], now=datetime.now(UTC))
    assert verified == sent.headers["Idempotency-Key"] == "run:greet:0"
    assert (sent.method, sent.data, sent.headers["Content-Type"]) == (
        "POST",
        '{"title":"Zoë"}'.encode(),
        "application/json",
    )
    assert result.output == {"status": 204, "webhook_id": "run:greet:0"}
    assert result.usage == {"webhooks_called": 1}


def test_without_a_payload_the_event_is_sent(httpserver: HTTPServer, call_with: CallWith) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/")}, call_with(event=EVENT))

    assert httpserver.log[0][0].json == EVENT


def test_a_payload_of_null_is_sent_as_null(httpserver: HTTPServer, call_with: CallWith) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/"), "payload": None}, call_with(event=EVENT))

    assert httpserver.log[0][0].data == b"null"


def test_the_call_webhook_of_the_requirement_works_as_it_stands(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/webhooks/lead").respond_with_data("")
    params = {
        "url": httpserver.url_for("/webhooks/lead"),
        "method": "PUT",
        "headers": {"Authorization": "Bearer abc", "Content-Type": "application/json"},
        "body": {"lead_id": "7", "event": "lead.qualified"},
    }

    perform(params, call)

    sent = httpserver.log[0][0]
    assert (sent.method, sent.json, sent.headers["Authorization"]) == ("PUT", params["body"], "Bearer abc")
    assert action_types.get("call_webhook") is action_types.get("send_webhook")


def test_text_of_another_type_is_signed_and_sent_as_it_is(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/"), "body": "a=1", "headers": {"content-type": "text/plain"}}, call)

    sent = httpserver.log[0][0]
    assert sent.data == b"a=1"
    signing.verify(b"a=1", headers=dict(sent.headers), secrets=[SECRET], now=datetime.now(UTC))


def test_headers_of_the_signature_cannot_be_given(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/"), "headers": {"Webhook-Id": "forged", "Idempotency-Key": "forged"}}, call)

    sent = httpserver.log[0][0].headers
    assert sent.getlist("webhook-id") == sent.getlist("Idempotency-Key") == ["run:greet:0"]


def test_without_a_secret_it_is_sent_unsigned(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/"), "signing_secret": None}, call)

    assert "webhook-signature" not in httpserver.log[0][0].headers
    assert httpserver.log[0][0].headers["webhook-id"] == "run:greet:0"


def test_the_default_secret_is_a_template_for_the_workspaces_own() -> None:
    defaults = checking.templated_defaults(action_types.get("send_webhook"))

    assert defaults == {"signing_secret": "{{ secrets.webhook_signing_secret }}"}


def test_what_is_no_secret_sends_nothing(httpserver: HTTPServer, call: ActionCall) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform({"url": httpserver.url_for("/"), "signing_secret": "hunter2!"}, call)

    assert (raised.value.code, raised.value.is_retryable) == ("invalid_signing_secret", False)
    assert "hunter2" not in raised.value.message
    assert httpserver.log == []


def test_a_receiver_that_is_gone_is_not_asked_again(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("", status=410)

    with pytest.raises(ActionFailedError) as raised:
        perform({"url": httpserver.url_for("/")}, call)

    assert (raised.value.code, raised.value.is_retryable) == ("http_status", False)
    assert raised.value.usage == {"webhooks_called": 1}


def test_an_endless_thank_you_is_a_success(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("x" * 3_000_000)

    assert perform({"url": httpserver.url_for("/")}, call).output["status"] == 200


def test_while_one_secret_replaces_another_either_verifies(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")
    new, stranger = signing.new_secret(), signing.new_secret()

    perform({"url": httpserver.url_for("/"), "payload": 1, "signing_secret": [new, SECRET]}, call)

    sent = httpserver.log[0][0]
    headers, now = dict(sent.headers), datetime.now(UTC)
    assert len(sent.headers["Webhook-Signature"].split(" ")) == 2
    for secret in (new, SECRET):
        assert signing.verify(sent.data, headers=headers, secrets=[secret], now=now) == "run:greet:0"
    with pytest.raises(signing.SignatureError):
        signing.verify(sent.data, headers=headers, secrets=[stranger], now=now)


@pytest.mark.parametrize("secrets", [[], [SECRET] * 6, [SECRET, 5]])
def test_a_list_of_secrets_has_one_to_five(secrets: list[Any], call: ActionCall) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform({"url": "http://127.0.0.1:9/", "signing_secret": secrets}, call)

    assert raised.value.code in {"invalid_parameters", "invalid_signing_secret"}


def test_a_bad_secret_in_a_list_is_told_where_it_stands() -> None:
    params = {"url": "https://example.com", "signing_secret": [SECRET, "short", "{{ secrets.x }}"]}

    [problem] = checking.check_params(action_types.get("send_webhook"), params, path="/params")

    assert (problem.path, problem.code) == ("/params/signing_secret/1", "invalid_signing_secret")
