"""HubSpot's CRM as it is documented. Source: developers.hubspot.com, "Using object APIs" and "Error handling"."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connectors.conftest import Connect, Operate, failure, outcome

pytestmark = pytest.mark.django_db

RECORD = {
    "id": "512",
    "properties": {"email": "ada@example.com"},
    "createdAt": "2026-10-30T03:30:17.883Z",
    "updatedAt": "2026-10-30T03:30:17.883Z",
    "archived": False,
}
NEW = {"properties": {"email": "ada@example.com"}}


@pytest.fixture(autouse=True)
def account(connect: Connect) -> None:
    connect("hubspot", {"token": "pat-na1-12345678"})


def test_a_contact_is_created_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/crm/v3/objects/contacts", method="POST").respond_with_json(RECORD, status=201)

    result = operate("create_crm_record", NEW)

    assert result.output == {
        "id": "512",
        "properties": {"email": "ada@example.com"},
        "created_at": "2026-10-30T03:30:17.883Z",
        "updated_at": "2026-10-30T03:30:17.883Z",
    }
    [(sent, _)] = httpserver.log
    assert sent.get_json() == {"properties": {"email": "ada@example.com"}}
    assert sent.headers["Authorization"] == "Bearer pat-na1-12345678"
    assert sent.headers["Content-Type"] == "application/json"


def test_associations_are_passed_on_by_their_names(operate: Operate, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/crm/v3/objects/deals").respond_with_json(RECORD, status=201)
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]

    operate(
        "create_crm_record",
        {"object_type": "deals", "properties": {}, "associations": [{"to": {"id": 7}, "types": types}]},
    )

    [(sent, _)] = httpserver.log
    assert sent.get_json() == {"properties": {}, "associations": [{"to": {"id": "7"}, "types": types}]}


def test_a_record_is_updated_by_a_unique_field(operate: Operate, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/crm/v3/objects/contacts/ada@example.com", method="PATCH").respond_with_json(RECORD)
    params = {"record_id": "ada@example.com", "id_property": "email", "properties": {"firstname": "Ada"}}

    assert operate("update_crm_record", params).output["id"] == "512"

    [(sent, _)] = httpserver.log
    assert sent.query_string == b"idProperty=email"
    assert sent.get_json() == {"properties": {"firstname": "Ada"}}


@pytest.mark.parametrize(
    ("status", "category", "headers", "expected"),
    [
        (400, "VALIDATION_ERROR", {}, ("invalid_record", False, None)),
        (401, "INVALID_AUTHENTICATION", {}, ("unauthorized", False, None)),
        (409, "CONFLICT", {}, ("conflict", False, None)),
        (429, "RATE_LIMITS", {"Retry-After": "7"}, ("rate_limited", True, 7.0)),
        (429, None, {}, ("rate_limited", True, None)),
        (503, None, {}, ("http_status", True, None)),
        (502, None, {}, ("outcome_unknown", False, None)),
    ],
)
def test_what_it_refuses_is_told_in_its_own_words(
    operate: Operate, httpserver: HTTPServer, status: int, category: str | None, headers: dict[str, str], expected: Any
) -> None:
    body = {"status": "error", "message": "Not like that", "correlationId": "a2d3acb6"}
    said = body | ({"category": category} if category else {})
    httpserver.expect_request("/crm/v3/objects/contacts").respond_with_json(said, status=status, headers=headers)

    error = failure(operate, "create_crm_record", NEW)

    assert outcome(error) == expected
    assert error.message.startswith(f"HubSpot answered {status}: Not like that")
    assert error.is_outcome_unknown is (status == 502)
