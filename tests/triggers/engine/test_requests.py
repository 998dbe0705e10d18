from typing import Any

import pytest

from triggers.engine import requests
from triggers.engine.requests import MappingError

NAMES: dict[str, Any] = {"body": {"kind": "push", "n": 1}, "headers": {"x-kind": "a.b"}, "query": {}, "method": "POST"}


def test_headers_that_prove_something_are_not_kept() -> None:
    proofs = [
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-api-key",
        "x-auth-token",
        "stripe-signature",
        "x-own",
    ]
    headers = {"content-type": "text/plain", "user-agent": "x", "x-hmac": "y", **dict.fromkeys(proofs, "z")}

    assert requests.kept_headers(headers, besides="x-own") == {"content-type": "text/plain", "user-agent": "x"}


def test_what_a_query_calls_secret_is_not_kept() -> None:
    assert requests.kept_query({"page": "1", "token": "t", "hub.verify_token": "t", "api_key": "t"}) == {"page": "1"}


@pytest.mark.parametrize(
    ("template", "type_"), [("x.y", "x.y"), ("git.{{ body.kind }}", "git.push"), ('{{ headers["x-kind"] }}', "a.b")]
)
def test_the_type_is_rendered(template: str, type_: str) -> None:
    assert requests.event_type(template, NAMES) == type_


@pytest.mark.parametrize("template", ["{{ body.none }}", "{{ body.n }}", "{{ body }}", "a {{ body.kind }}"])
def test_a_type_that_is_none_is_an_error(template: str) -> None:
    with pytest.raises(MappingError):
        requests.event_type(template, NAMES)


@pytest.mark.parametrize(
    ("body", "template", "data"),
    [
        ({"a": 1}, None, {"a": 1}),
        ([1], None, {"body": [1]}),
        ("text", None, {"body": "text"}),
        ({"a": {"b": [1, None]}}, {"c": "{{ body.a }}", "d": "x"}, {"c": {"b": [1, None]}, "d": "x"}),
        ({"a": {"b": 1}}, "{{ body.a }}", {"b": 1}),
    ],
)
def test_the_data_is_an_object(body: Any, template: Any, data: dict[str, Any]) -> None:
    assert requests.event_data(template, {**NAMES, "body": body}, max_bytes=1000) == data


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ body.n }}", "did not come out as an object"),
        ({"a": "{{ body.none }}"}, "there is nothing at `body.none`"),
        ({"a": ["{{ body.kind }}"] * 400}, "at most 1,000 are accepted"),
        ({"a": "{{ body.n * 1e308 * 10 }}"}, "a"),
        ({"a": '{{ "\\u0000" }}'}, "cannot be stored"),
    ],
)
def test_data_that_cannot_be_made_or_kept_is_an_error(template: Any, why: str) -> None:
    with pytest.raises(MappingError) as raised:
        requests.event_data(template, NAMES, max_bytes=1000)

    assert why in raised.value.detail
