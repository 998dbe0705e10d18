import threading
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, Effects
from actions.registry import action_types

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("http_request")
    return action_type.perform(checking.validated(action_type, params), call)


def test_the_answer_is_the_output(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/leads").respond_with_json({"id": 7}, status=201)

    result = perform({"method": "post", "url": httpserver.url_for("/leads"), "json": {"name": "Zoë"}}, call)

    assert (result.output["status"], result.output["body"]) == (201, {"id": 7})
    assert result.output["headers"]["content-type"] == "application/json"
    sent = httpserver.log[0][0]
    assert sent.data == '{"name":"Zoë"}'.encode()
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Idempotency-Key"] == "run:greet:0"
    assert result.request is not None
    assert result.request["body"] == '{"name":"Zoë"}'


def test_every_attempt_sends_the_same_idempotency_key(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/")}, call)
    perform({"url": httpserver.url_for("/")}, call)

    assert [request.headers["Idempotency-Key"] for request, _ in httpserver.log] == ["run:greet:0"] * 2
    assert action_types.get("http_request").effects is Effects.KEYED


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ({"json": None}, "application/json", b"null"),
        ({"json": [1, "a"]}, "application/json", b'[1,"a"]'),
        ({"form": {"a": "x y", "b": [1, 2], "c": True}}, "application/x-www-form-urlencoded", b"a=x+y&b=1&b=2&c=true"),
        ({"body": "plain é"}, "text/plain; charset=utf-8", "plain é".encode()),
        ({"body": {"a": 1}}, "application/json", b'{"a":1}'),
        ({}, None, b""),
    ],
)
def test_a_body_is_sent_as_it_is_meant(
    httpserver: HTTPServer, call: ActionCall, body: dict[str, Any], content_type: str | None, sent: bytes
) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"method": "POST", "url": httpserver.url_for("/"), **body}, call)

    request = httpserver.log[0][0]
    assert (request.headers.get("Content-Type"), request.data or request.get_data()) == (content_type, sent)


def test_given_headers_win_in_any_case(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")
    headers = {"content-type": "application/vnd.x+json", "X-Count": 5}

    perform({"method": "POST", "url": httpserver.url_for("/"), "json": 1, "headers": headers}, call)

    sent = httpserver.log[0][0].headers
    assert sent.getlist("Content-Type") == ["application/vnd.x+json"]
    assert sent.getlist("Idempotency-Key") == ["run:greet:0"]
    assert sent["X-Count"] == "5"


def test_the_query_is_encoded_and_added(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/?a=1"), "query": {"q": "x&y=z", "n": [1, 2]}}, call)

    assert httpserver.log[0][0].query_string == b"a=1&q=x%26y%3Dz&n=1&n=2"


@pytest.mark.parametrize("expected", [[404], ["4xx"], [200, "404"], ["2xx", "4xx"]])
def test_a_status_that_is_expected_is_no_failure(httpserver: HTTPServer, call: ActionCall, expected: list[Any]) -> None:
    httpserver.expect_request("/").respond_with_data("gone", status=404)

    result = perform({"url": httpserver.url_for("/"), "expected_status": expected}, call)

    assert result.output["status"] == 404


def test_a_status_that_is_not_expected_is_a_failure(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("fine", status=200)

    with pytest.raises(ActionFailedError, match="the answer was 200: fine"):
        perform({"url": httpserver.url_for("/"), "expected_status": [204]}, call)


def test_it_ends_at_its_own_limit(httpserver: HTTPServer, call: ActionCall) -> None:
    over = threading.Event()
    httpserver.expect_request("/").respond_with_handler(lambda _request: over.wait(3))  # type: ignore[arg-type, return-value]  # never answers

    with pytest.raises(ActionFailedError) as raised:
        perform({"url": httpserver.url_for("/"), "timeout_seconds": 0.2}, call)
    over.set()

    assert (raised.value.code, raised.value.is_retryable) == ("timeout", True)


def test_two_bodies_are_one_too_many(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="only one of json, form, multipart and body"):
        perform({"url": "http://127.0.0.1/", "json": 1, "body": "x"}, call)


def test_a_number_that_json_lacks_is_not_sent(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform({"url": "http://127.0.0.1/", "json": float("nan")}, call)

    assert raised.value.code == "invalid_parameters"


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key"])
def test_the_idempotency_key_is_not_the_authors_to_set(name: str) -> None:
    params = {"url": "https://example.com", "headers": {name: "{{ now }}"}}

    (problem,) = checking.check_params(action_types.get("http_request"), params, path="/params")

    assert (problem.path, problem.code) == (f"/params/headers/{name}", "reserved_header")


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com/x", "https://", "http://user:pw@example.com/", "x{{ lead.id }}"]
)
def test_a_url_that_cannot_be_called_is_told_at_once(url: str) -> None:
    (problem,) = checking.check_params(action_types.get("http_request"), {"url": url}, path="/params")

    assert (problem.path, problem.code) == ("/params/url", "invalid_url")


def test_calls_that_were_answered_are_counted(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/good").respond_with_data("")
    httpserver.expect_request("/bad").respond_with_data("", status=500)

    assert perform({"url": httpserver.url_for("/good")}, call).usage == {"http_calls": 1}
    with pytest.raises(ActionFailedError) as answered:
        perform({"url": httpserver.url_for("/bad")}, call)
    with pytest.raises(ActionFailedError) as refused:
        perform({"url": "http://169.254.169.254/"}, call)

    assert (answered.value.usage, refused.value.usage) == ({"http_calls": 1}, {})
