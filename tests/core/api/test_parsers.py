import io
from typing import Any

import pytest
from django.http import HttpRequest
from rest_framework.test import APIClient

from core import tenancy
from core.api import parsers
from core.errors import MalformedError, TooLargeError
from core.models import Secret, Workspace
from tests.envelopes import envelope, refused

URL = "/api/v1/secrets/"
MEGABYTE = 1024 * 1024


@pytest.fixture
def stored(workspace: Workspace) -> set[str]:
    """The secrets that are there before."""
    with tenancy.scope(workspace.pk):
        return set(Secret.objects.values_list("name", flat=True))


def names(workspace: Workspace) -> set[str]:
    with tenancy.scope(workspace.pk):
        return set(Secret.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"[]", "Expected a JSON object: {...}."),
        (b"null", "Expected a JSON object: {...}."),
        (b'"text"', "Expected a JSON object: {...}."),
        (b"1", "Expected a JSON object: {...}."),
        (b'{"name": "a", "value": ', None),
        (b'{"name": "a", "name": "b", "value": "c"}', "The key 'name' is given twice in one object."),
        (b'{"name": "a", "value": "\\u0000"}', None),
        (b'{"name": "a", "value": "\\ud800"}', None),
        (b'{"name": "a", "value": NaN}', "NaN is not a JSON number."),
        (b'{"name": "a", "value": 1e400}', None),
        (b'{"name": "a", "value": ' + b"9" * 5000 + b"}", None),
        (b"[" * 100_000, "The document is nested too deeply; at most 64 levels are accepted."),
        ('{"name": "a", "value": "c"}'.encode("utf-16"), "The document is not UTF-8: byte 0 cannot be read."),
        (b"name=a&value=c", None),
        (b" ", None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_is_no_good_json_object_is_malformed_and_stores_nothing(
    api: APIClient, workspace: Workspace, stored: set[str], body: bytes, detail: str | None
) -> None:
    answer = api.post(URL, body, content_type="application/json")

    refused(answer, status=400, code="malformed")
    assert detail is None or envelope(answer)["detail"] == detail
    assert names(workspace) == stored


def test_an_empty_body_is_an_empty_object(api: APIClient) -> None:
    problems = refused(api.post(URL, b"", content_type="application/json"), status=400, code="invalid")

    assert [(problem["path"], problem["code"]) for problem in problems] == [("/name", "missing"), ("/value", "missing")]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "garbage",
     "application/cloudevents+json", "application/jsonp", ";", "\xff", "application/yaml"],
)  # fmt: skip
def test_a_body_of_another_type_is_refused(
    api: APIClient, workspace: Workspace, stored: set[str], content_type: str
) -> None:
    answer = api.generic("POST", URL, '{"name": "a", "value": "c"}', content_type=content_type)

    refused(answer, status=415, code="unsupported_media_type")
    assert names(workspace) == stored


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json; charset=utf-16"])
def test_json_is_utf_8_whatever_the_charset_says(api: APIClient, content_type: str) -> None:
    answer = api.generic("POST", URL, '{"name": "a", "value": "ü"}', content_type=content_type)

    assert answer.status_code == 201


def test_a_body_over_the_limit_is_too_large(api: APIClient, workspace: Workspace, stored: set[str]) -> None:
    body = b'{"name": "a", "value": "' + b"x" * MEGABYTE + b'"}'

    answer = api.post(URL, body, content_type="application/json")

    refused(answer, status=413, code="too_large")
    assert envelope(answer)["detail"] == "The body is larger than the 1,048,576 bytes that are accepted."
    assert names(workspace) == stored


def post_raw(api: APIClient, body: bytes, *, length: str) -> Any:
    """Post with a header Content-Length that may lie."""
    stream: dict[str, Any] = {"wsgi.input": io.BytesIO(body)}
    return api.generic("POST", URL, content_type="application/json", CONTENT_LENGTH=length, **stream)


class Endless(io.RawIOBase):
    """A body that never ends, and counts what was taken of it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= 1001
        self.taken += size
        return b"x" * size


def test_no_more_of_a_body_is_read_than_is_accepted() -> None:
    stream: Any = Endless()

    with pytest.raises(TooLargeError):
        parsers.read_body(stream, max_bytes=1000)

    assert stream.taken == 1001


def test_a_body_of_exactly_the_limit_is_read() -> None:
    assert parsers.read_body(io.BytesIO(b"x" * 1000), max_bytes=1000) == b"x" * 1000


def test_a_body_that_is_cut_off_is_malformed() -> None:
    class Cut(HttpRequest):
        def read(self, *args: Any, **kwargs: Any) -> bytes:
            raise OSError("connection reset")

    with pytest.raises(MalformedError, match="The body ended before its announced length"):
        parsers.read_body(Cut(), max_bytes=1000)


def test_a_body_shorter_than_announced_is_malformed(api: APIClient, workspace: Workspace, stored: set[str]) -> None:
    answer = post_raw(api, b'{"name": "a", "va', length="100")

    refused(answer, status=400, code="malformed")
    assert names(workspace) == stored


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "", "99999999999999999999"])
def test_a_length_that_is_none_is_no_error_of_ours(api: APIClient, length: str) -> None:
    answer = post_raw(api, b'{"name": "a", "value": "c"}', length=length)

    assert answer.status_code in {201, 400}


@pytest.mark.parametrize("body", [b"", b"- 1", b"text", b"~"], ids=repr)
def test_yaml_has_to_be_a_mapping(body: bytes) -> None:
    with pytest.raises(MalformedError, match="Expected a YAML mapping"):
        parsers.YamlParser().parse(io.BytesIO(body))


def test_yaml_is_read_as_a_document() -> None:
    assert parsers.YamlParser().parse(io.BytesIO(b"country: NO\nat: 12:30")) == {"country": "NO", "at": "12:30"}
