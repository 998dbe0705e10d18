"""`http_request` as somebody: connections, credentials, redirects, files, pages and named values."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.connections.base import Opened
from actions.connections.http import ApiSettings
from actions.connections.types.http_bearer import HttpBearerSecrets
from actions.http.authentication import http_kinds
from actions.registry import action_types
from core.ids import new_id

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")


@dataclass
class OneConnection:
    """A workspace with one connection, to the given URL."""

    base_url: str
    asked: list[Any] = field(default_factory=list)

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        self.asked.append((name, kinds))
        return Opened(
            new_id(),
            "crm",
            "http_bearer",
            ApiSettings(base_url=self.base_url),
            HttpBearerSecrets(token="tok-1234"),
        )


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("http_request")
    return action_type.perform(checking.validated(action_type, params), call)


def failure(params: dict[str, Any], call: ActionCall) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        perform(params, call)
    return raised.value


def problems(**params: Any) -> list[tuple[str, str]]:
    found = checking.check_params(action_types.get("http_request"), params, path="")
    return [(problem.path, problem.code) for problem in found]


@pytest.mark.parametrize("url", ["leads?a=1", "/leads?a=1", "{base}/leads?a=1"])
def test_a_connection_sends_its_credentials_to_its_own_url(httpserver: HTTPServer, call: ActionCall, url: str) -> None:
    httpserver.expect_request("/v2/leads", query_string="a=1").respond_with_json([])
    connection = OneConnection(httpserver.url_for("/v2"))

    perform(
        {"url": url.replace("{base}", connection.base_url), "connection": "crm"}, replace(call, connections=connection)
    )

    assert httpserver.log[0][0].headers["Authorization"] == "Bearer tok-1234"
    assert connection.asked == [("crm", http_kinds())]
    assert "http_bearer" in http_kinds()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/leads", "https://127.0.0.1/leads", "http://evil.example.com/", "//evil.example.com@x",
        "http://127.0.0.1.evil.example.com/", "../admin", "a/../../admin", "a/%2e%2e/admin", "http:evil",
    ],
)  # fmt: skip
def test_a_connection_sends_nothing_elsewhere(httpserver: HTTPServer, call: ActionCall, url: str) -> None:
    httpserver.expect_request("/v2/").respond_with_data("")
    with_connection = replace(call, connections=OneConnection(httpserver.url_for("/v2")))

    error = failure({"url": url, "connection": "crm"}, with_connection)

    assert error.code in {"wrong_host", "invalid_url", "http_status"}  # the last: a path that is not there
    assert all(request.path.startswith("/v2/") for request, _ in httpserver.log)


def test_a_redirect_to_another_origin_gets_no_credentials(httpserver: HTTPServer, call: ActionCall) -> None:
    other = f"http://localhost:{httpserver.port}/other"
    httpserver.expect_request("/v2/a").respond_with_data("", status=302, headers={"Location": "/v2/b"})
    httpserver.expect_request("/v2/b").respond_with_data("", status=302, headers={"Location": other})
    httpserver.expect_request("/other").respond_with_json({"ok": True})
    with_connection = replace(call, connections=OneConnection(httpserver.url_for("/v2")))

    result = perform({"url": "a", "connection": "crm", "follow_redirects": True}, with_connection)

    assert result.output["body"] == {"ok": True}
    assert ["Authorization" in request.headers for request, _ in httpserver.log] == [True, True, False]


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ({"kind": "basic", "username": "me", "password": "pä"}, "Basic bWU6cMOk"),
        ({"kind": "bearer", "token": "tok-1234\n"}, "Bearer tok-1234"),
    ],
)
def test_credentials_can_be_given(httpserver: HTTPServer, call: ActionCall, auth: Any, sent: str) -> None:
    httpserver.expect_request("/").respond_with_data("")

    perform({"url": httpserver.url_for("/"), "auth": auth}, call)

    assert httpserver.log[0][0].headers["Authorization"] == sent


@pytest.mark.parametrize(
    "params",
    [
        {"connection": "crm", "auth": {"kind": "bearer", "token": "x"}},
        {"headers": {"authorization": "x"}, "auth": {"kind": "bearer", "token": "x"}},
        {"auth": {"kind": "magic"}},
        {"method": "POST", "pagination": {"kind": "page"}},
        {"pagination": {"kind": "cursor"}},
        {"multipart": [{"name": "a"}]},
        {"multipart": [{"name": "a", "text": "x", "base64": "eA=="}]},
        {"multipart": [{"name": "a", "base64": "not base64!"}]},
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_not_sent(httpserver: HTTPServer, call: ActionCall, params: Any) -> None:
    assert failure({"url": httpserver.url_for("/"), **params}, call).code == "invalid_parameters"
    assert httpserver.log == []


def test_files_and_fields_are_sent_as_a_form(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("")
    hostile = 'a"; name="evil"\r\nX-Evil: 1'
    parts = [
        {"name": "title", "text": "Zoë"},
        {"name": "file", "base64": "AAH/", "filename": "x.bin"},
        {"name": hostile, "text": "a,b", "filename": hostile, "content_type": "text/csv"},
    ]

    perform({"method": "POST", "url": httpserver.url_for("/"), "multipart": parts}, call)

    body = httpserver.log[0][0].get_data()
    assert 'name="title"\r\n\r\nZoë\r\n'.encode() in body
    assert b'filename="x.bin"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\x01\xff\r\n' in body
    assert b"X-Evil: 1\r\n" not in body
    assert b'name="evil"' not in body


def test_named_values_are_read_from_the_answer(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_json({"data": [{"id": 7}]})
    names = {"id": "body.data.0.id", "type": "headers.content-type", "code": "status", "none": "body.x.y"}

    result = perform({"url": httpserver.url_for("/"), "response": names}, call)

    assert result.output["values"] == {"id": 7, "type": "application/json", "code": 200, "none": None}


def test_a_path_that_cannot_be_read_is_told_at_once() -> None:
    found = problems(url="https://x.com", response={"a": "body..x", "b": "data.id", "c": "body.ok", "d": "{{ x }}"})

    assert found == [("/response/a", "invalid_path"), ("/response/b", "invalid_path")]


def test_with_a_connection_the_url_may_be_a_path() -> None:
    assert problems(url="leads/{{ event.data.id }}", connection="crm") == []
    assert problems(url="https://{{ event.data.host }}/", connection="crm") == []
    assert problems(url="ftp://x.com/", connection="crm") == [("/url", "invalid_url")]
    assert problems(url="leads") == [("/url", "invalid_url")]


def test_an_answer_longer_than_wanted_is_refused(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("x" * 11)

    assert failure({"url": httpserver.url_for("/"), "max_response_bytes": 10}, call).code == "response_too_large"
    assert perform({"url": httpserver.url_for("/"), "max_response_bytes": 11}, call).output["status"] == 200
