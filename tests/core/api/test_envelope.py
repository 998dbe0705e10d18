import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail
from rest_framework.test import APIClient

from core import errors
from core.api.envelope import exception_handler
from core.errors import InvalidError, Problem, SequiturError
from core.models import Workspace
from tests.envelopes import refused

NO_SUCH_THING = "There is no such thing in this workspace."
NO_VALUE = "A value of the URL is not one that this field can have."

OURS: list[type[SequiturError]] = [
    each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, SequiturError)
]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_our_errors_carry_their_own_status_and_code(kind: type[SequiturError]) -> None:
    answer = exception_handler(kind("Because.", problems=[Problem("/a", "invalid", "Wrong.")]), {})

    assert answer is not None
    assert answer.status_code == kind.status
    assert answer.data == {
        "detail": "Because.",
        "code": kind.code,
        "errors": [{"path": "/a", "code": "invalid", "message": "Wrong."}],
    }


def test_all_errors_of_all_apps_are_answered_with_their_status() -> None:
    def every(kind: type[SequiturError]) -> list[type[SequiturError]]:
        return [kind, *(each for direct in kind.__subclasses__() for each in every(direct))]

    for kind in every(SequiturError):
        error = kind.__new__(kind)
        SequiturError.__init__(error)
        answer = exception_handler(error, {})
        assert answer is not None
        assert (answer.status_code, answer.data["code"]) == (kind.status, kind.code)


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (exceptions.NotAuthenticated(), 401, "unauthenticated", "Authentication credentials were not provided."),
        (exceptions.AuthenticationFailed("No."), 401, "unauthenticated", "No."),
        (exceptions.PermissionDenied("No."), 403, "forbidden", "No."),
        (PermissionDenied(), 403, "forbidden", "This is not allowed."),
        (exceptions.NotFound("Not here."), 404, "not_found", "Not here."),
        (Http404("secret detail"), 404, "not_found", NO_SUCH_THING),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed", 'Method "PUT" not allowed.'),
        (exceptions.NotAcceptable("No."), 406, "not_acceptable", "No."),
        (exceptions.UnsupportedMediaType("a/b"), 415, "unsupported_media_type", None),
        (exceptions.Throttled(), 429, "rate_limited", "Request was throttled."),
        (exceptions.ParseError("Bad."), 400, "malformed", "Bad."),
        (SuspiciousOperation("Too many."), 400, "malformed", "Too many."),
        (ValidationError("“x” is not a valid UUID."), 400, "invalid", NO_VALUE),
        (DataError("value too long"), 400, "invalid", NO_VALUE),
        (OperationalError("the connection is closed\nDETAIL: x"), 503, "unavailable", None),
        (OperationalError(), 503, "unavailable", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_of_django_and_drf_become_our_codes(
    error: Exception, status: int, code: str, detail: str | None
) -> None:
    answer = exception_handler(error, {})

    assert answer is not None
    assert (answer.status_code, answer.data["code"], answer.data["errors"]) == (status, code, [])
    assert detail is None or answer.data["detail"] == detail


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (errors.UnauthenticatedError(), "WWW-Authenticate", "Bearer"),
        (exceptions.NotAuthenticated(), "WWW-Authenticate", "Bearer"),
        (exceptions.AuthenticationFailed(), "WWW-Authenticate", "Bearer"),
        (exceptions.Throttled(wait=0.2), "Retry-After", "1"),
        (exceptions.Throttled(wait=30), "Retry-After", "30"),
        (OperationalError("down"), "Retry-After", "2"),
    ],
)
def test_the_answer_says_what_a_client_can_do(error: Exception, header: str, value: str) -> None:
    answer = exception_handler(error, {})

    assert answer is not None
    assert answer[header] == value


def test_a_database_that_does_not_answer_is_not_described() -> None:
    answer = exception_handler(OperationalError('connection to server at "10.0.0.7" failed: password'), {})

    assert answer is not None
    assert (
        answer.data["detail"]
        == "The database does not answer. Try again shortly; an event with an id is safe to send twice."
    )


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), IntegrityError("x"), KeyError("x"), RuntimeError("x")], ids=repr
)
def test_what_nobody_foresaw_is_left_to_django_and_its_log(error: Exception) -> None:
    assert exception_handler(error, {}) is None


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"a": ["Wrong."]}, [{"path": "/a", "code": "invalid", "message": "Wrong."}]),
        ({"a": {"b": [ErrorDetail("Short.", code="min")]}}, [{"path": "/a/b", "code": "min", "message": "Short."}]),
        ({"a": [{}, {"b": ["Wrong."]}]}, [{"path": "/a/1/b", "code": "invalid", "message": "Wrong."}]),
        ({"non_field_errors": ["All."]}, [{"path": "", "code": "invalid", "message": "All."}]),
        ("Plain.", [{"path": "", "code": "invalid", "message": "Plain."}]),
    ],
)
def test_fields_of_a_serializer_become_pointers(detail: Any, expected: list[dict[str, str]]) -> None:
    answer = exception_handler(exceptions.ValidationError(detail), {})

    assert answer is not None
    assert answer.status_code == 400
    assert json.loads(json.dumps(answer.data["errors"])) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing/",
        "/api/v1/events/a/b/",
        "/api/v1/%00/",
        "/api/v2/",
        "/nothing",
        "/api/v1/%ED%A0%80/",
        "/%2e%2e/",
    ],
)
def test_a_url_that_means_nothing_is_not_found(api: APIClient, path: str) -> None:
    assert refused(api.get(path), status=404, code="not_found") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("put", "/api/v1/events/"), ("delete", "/api/v1/secrets/"), ("patch", "/api/v1/trigger-types/")],
)
def test_a_method_that_is_not_there_is_named(api: APIClient, method: str, path: str) -> None:
    refused(getattr(api, method)(path, {}, format="json"), status=405, code="method_not_allowed")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_an_answer_in_another_format_is_not_acceptable(api: APIClient, accept: str) -> None:
    refused(api.get("/api/v1/secrets/", HTTP_ACCEPT=accept), status=406, code="not_acceptable")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("type=%00", 400, "malformed"),
        ("nonsense=%00", 400, "malformed"),
        ("cursor=%00", 400, "malformed"),
        ("&".join(f"a{number}=1" for number in range(1001)), 400, "malformed"),
        ("format=xml", 404, "not_found"),
    ],
    ids=["a filter", "an unknown name", "a cursor", "1,001 parameters", "a format"],
)
def test_a_hostile_query_is_refused(api: APIClient, query: str, status: int, code: str) -> None:
    refused(api.get(f"/api/v1/events/?{query}"), status=status, code=code)


@pytest.mark.parametrize("path", ["/api/v1/events/%00/", "/api/v1/workflows/a%00b/", "/api/v1/workflow-runs/%00/"])
def test_nul_in_the_path_is_refused(api: APIClient, path: str) -> None:
    refused(api.get(path), status=400, code="malformed")


def test_health_needs_nobody_and_asks_nobody(client: Any) -> None:
    answer = client.get("/health/")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_what_nobody_foresaw_is_answered_with_500_and_nothing_of_the_inside(
    api: APIClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr("core.services.secrets.put", fail)
    api.raise_request_exception = False

    answer = api.post("/api/v1/secrets/", {"name": "a", "value": "b"}, format="json")

    refused(answer, status=500, code="error")
    assert b"canary" not in answer.content


def test_of_very_many_problems_the_first_hundred_are_shown() -> None:
    problems = [Problem(f"/{number}", "x", "wrong") for number in range(250)]

    response = exception_handler(InvalidError("It is not valid.", problems=problems), {})

    assert response is not None
    assert response.data["detail"] == "It is not valid. (The first 100 of 250.)"
    assert [item["path"] for item in response.data["errors"]] == [f"/{number}" for number in range(100)]
