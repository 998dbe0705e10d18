"""GraphQL has what every view of the API has."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from pytest_django import Settings
from rest_framework.test import APIClient

from core.models import Role, Workspace
from core.services import workspaces
from tests import factories
from tests.envelopes import refused
from tests.workflows.graphql.asked import URL, ask, data
from workflows.models import Workflow
from workflows.selectors import workflows as selectors

pytestmark = pytest.mark.django_db

PAUSE = 'mutation { pauseWorkflow(id: "greet") { status } }'
NAMES = "{ workflows { nodes { name } } }"


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    return factories.published(workspace)


@pytest.fixture
def user(workspace: Workspace) -> User:
    found: User = factories.UserFactory.create()
    workspaces.add_member(workspace, user=found, role=Role.EDITOR)
    return found


def test_only_a_post_of_json_is_read(api: APIClient, workflow: Workflow) -> None:
    for method in (api.get, api.put, api.patch, api.delete):
        assert refused(method(f"{URL}?query={NAMES}"), status=405, code="method_not_allowed") == []
    refused(api.post(URL, {"query": PAUSE}), status=415, code="unsupported_media_type")
    for content_type in ("application/x-www-form-urlencoded", "application/graphql", "text/plain"):
        answer = api.post(URL, f"query={PAUSE}", content_type=content_type)
        refused(answer, status=415, code="unsupported_media_type")
    refused(api.post(URL, [{"query": PAUSE}, {"query": PAUSE}], format="json"), status=400, code="malformed")
    refused(api.post(URL, {"query": " " * 900_000}, format="json"), status=413, code="too_large")
    workflow.refresh_from_db()
    assert workflow.status == "active"


def test_a_request_that_is_none_says_what_is_wrong(api: APIClient) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "/query"),
        ({"query": ""}, "/query"),
        ({"query": 7}, "/query"),
        ({"query": NAMES, "variables": []}, "/variables"),
        ({"query": NAMES, "operationName": "x" * 201}, "/operationName"),
        ({"query": NAMES, "more": 1}, "/more"),
    ]
    for body, path in cases:
        problems = refused(api.post(URL, body, format="json"), status=400, code="invalid")
        assert [each["path"] for each in problems] == [path], body


def test_an_operation_is_chosen_by_its_name(api: APIClient, workflow: Workflow) -> None:
    query = f"query Names {NAMES} {PAUSE.replace('mutation', 'mutation Pause')}"

    chosen = api.post(URL, {"query": query, "operationName": "Names", "extensions": {"a": 1}}, format="json")
    unknown = api.post(URL, {"query": query, "operationName": "Nothing"}, format="json")

    assert chosen.json() == {"data": {"workflows": {"nodes": [{"name": "Greet"}]}}}
    assert (unknown.json()["data"], unknown.json()["errors"][0]["extensions"]["code"]) == (None, "invalid")
    workflow.refresh_from_db()
    assert workflow.status == "active"


def test_a_session_changes_nothing_without_a_csrf_token(user: User, workflow: Workflow) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)

    refused(client.post(URL, {"query": PAUSE}, format="json"), status=403, code="forbidden")
    workflow.refresh_from_db()
    assert workflow.status == "active"
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(URL, {"query": PAUSE}, format="json", headers={"X-CSRFToken": "a" * 32})
    assert answer.json() == {"data": {"pauseWorkflow": {"status": "paused"}}}


def test_an_answer_has_the_headers_of_the_api(api: APIClient, workflow: Workflow) -> None:
    answer = api.post(URL, {"query": NAMES}, format="json", headers={"X-Request-Id": "my-request-1"})

    assert answer["X-Request-Id"] == "my-request-1"
    assert answer["RateLimit-Policy"].startswith('"caller";q=')
    assert answer["Content-Type"] == "application/json"


def test_each_field_at_the_top_counts_as_a_request(
    api: APIClient, workflow: Workflow, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.api.rates.time.time", lambda: 1_800_000_045.0)
    settings.SEQUITUR_API_REQUESTS_PER_MINUTE = 5
    three = (
        "{ a: workflows { nodes { id } } ... on Query { ...F } } fragment F on Query { b: __typename c: __typename }"
    )

    first = api.post(URL, {"query": three}, format="json")
    second = api.post(
        URL, {"query": f"mutation {{ {' '.join(f'm{n}: {PAUSE[11:-2]}' for n in range(3))} }}"}, format="json"
    )

    assert (first.status_code, first["RateLimit"]) == (200, '"caller";r=2;t=15')
    refused(second, status=429, code="rate_limited")
    assert second["Retry-After"] == "15"
    workflow.refresh_from_db()
    assert workflow.status == "active"


def test_what_is_our_mistake_tells_nothing_of_the_inside_and_spares_the_rest(
    api: APIClient, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(selectors, "find", broken)

    found = ask(api, '{ workflow(id: "greet") { id } workflows { nodes { name } } }')

    assert found["data"] == {"workflow": None, "workflows": {"nodes": [{"name": "Greet"}]}}
    (error,) = found["errors"]
    assert error["extensions"] == {"code": "error", "status": 500, "errors": []}
    assert "hunter2" not in str(found)


def test_a_database_that_does_not_answer_is_told(
    api: APIClient, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise OperationalError("connection to 10.0.0.7 refused")

    monkeypatch.setattr(selectors, "find", down)

    (error,) = ask(api, '{ workflow(id: "greet") { id } }')["errors"]

    assert error["extensions"] == {"code": "unavailable", "status": 503, "errors": [], "retryAfter": 2}
    assert "10.0.0.7" not in str(error)


def test_instants_and_long_times_are_written_as_in_rest(api: APIClient, workflow: Workflow) -> None:
    rest = api.get("/api/v1/workflows/greet/").json()

    found = data(api, """{ workflow(id: "greet") { createdAt
      stats(since: "2026-01-01", until: "2026-01-02T00:00:00+01:00") { since until } } }""")["workflow"]  # fmt: skip

    assert found["createdAt"] == rest["created_at"]
    assert found["stats"] == {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T23:00:00Z"}
    for since in ('"yesterday"', "7", '"2020-01-01"'):
        answer = ask(api, f'{{ workflow(id: "greet") {{ stats(since: {since}) {{ fired }} }} }}')
        assert {each["extensions"]["code"] for each in answer["errors"]} <= {"invalid", "malformed"}, since
