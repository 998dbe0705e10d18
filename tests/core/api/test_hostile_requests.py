"""Whatever is sent, the answer is an envelope and never our mistake."""

import pytest
from rest_framework.test import APIClient

from core.models import Workspace
from tests import factories
from tests.envelopes import envelope, refused

URLS = ("/api/v1/secrets/", "/api/v1/events/", "/api/v1/workflows/", "/api/v1/dead-letters/redrive/")
BODIES: dict[str, bytes] = {
    "cut off": b'{"name": "a',
    "no JSON": b"name=a",
    "a list": b"[]",
    "a text": b'"a"',
    "no UTF-8": b'{"name": "\xff"}',
    "a NUL": b'{"name": "a\\u0000"}',
    "half a character": b'{"name": "\\ud800"}',
    "very deep": b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a huge number": b'{"name": ' + b"9" * 5000 + b"}",
    "no number": b'{"name": NaN}',
    "infinite": b'{"name": 1e999}',
    "one name twice": b'{"name": "a", "name": "b"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_cannot_be_read_is_refused(api: APIClient, workspace: Workspace, body: bytes) -> None:
    answers = [api.post(url, body, content_type="application/json") for url in URLS]

    assert [each.status_code for each in answers] == [400] * len(URLS)
    assert {envelope(each)["code"] for each in answers} <= {"malformed", "invalid"}


def test_a_body_that_is_too_large_is_refused_with_a_key_too(api: APIClient, workspace: Workspace) -> None:
    body = b'{"name": "' + b"a" * (17 * 1024 * 1024) + b'"}'

    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = api.post("/api/v1/secrets/", body, content_type="application/json", headers=headers)
        refused(answer, status=413, code="too_large")


def test_a_method_that_a_url_does_not_know_is_told_which_it_does(api: APIClient) -> None:
    answer = api.delete("/api/v1/secrets/")

    assert refused(answer, status=405, code="method_not_allowed") == []
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_nothing_at_a_url_is_said_in_the_envelope(api: APIClient) -> None:
    refused(api.get("/api/v1/nothing/"), status=404, code="not_found")


def test_other_types_of_bodies_and_answers_are_refused(api: APIClient) -> None:
    refused(api.post("/api/v1/secrets/", b"<a/>", content_type="text/xml"), status=415, code="unsupported_media_type")
    refused(api.get("/api/v1/secrets/", headers={"Accept": "text/html"}), status=406, code="not_acceptable")


def test_a_nul_in_the_slug_of_a_workspace_is_refused_before_anything_is_looked_up(workspace: Workspace) -> None:
    client = APIClient()
    client.force_login(factories.UserFactory.create())

    answers = [
        client.patch("/api/v1/workspaces/a%00b/", {"name": "x"}, format="json"),
        client.post("/api/v1/secrets/", {"name": "a", "value": "b"}, format="json", headers={"X-Workspace": "a\0b"}),
    ]

    for answer in answers:
        refused(answer, status=400, code="malformed")
