"""Linear's GraphQL API as it is documented. Source: linear.app/developers, "Getting started" and "Rate limiting"."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connectors.conftest import Connect, Operate, failure, outcome

pytestmark = pytest.mark.django_db

ISSUE = {"id": "i-1", "identifier": "ENG-12", "title": "It is broken", "url": "https://linear.app/a/issue/ENG-12"}
CREATED = {"data": {"issueCreate": {"success": True, "issue": {**ISSUE, "createdAt": "2026-01-31T09:00:00.000Z"}}}}
TICKET = {"team_id": "t-1", "title": "It is broken"}


@pytest.fixture(autouse=True)
def account(connect: Connect) -> None:
    connect("linear", {"api_key": "lin_api_12345678"})


def test_an_issue_is_created_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/graphql", method="POST").respond_with_json(CREATED)

    result = operate("create_ticket", {**TICKET, "priority": "2", "label_ids": ["bug"]})

    assert result.output == {**ISSUE, "created_at": "2026-01-31T09:00:00.000Z"}
    [(sent, _)] = httpserver.log
    assert sent.headers["Authorization"] == "lin_api_12345678"
    body = sent.get_json()
    assert body.pop("query").startswith("mutation IssueCreate($input: IssueCreateInput!) { issueCreate(input: $input)")
    given = {"teamId": "t-1", "title": "It is broken", "priority": 2, "labelIds": ["bug"]}
    assert body == {"variables": {"input": given}}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, "INPUT_ERROR", ("invalid_ticket", False, None)),
        (200, "SOMETHING_NEW", ("api_error", False, None)),
        (400, "RATELIMITED", ("rate_limited", True, None)),
        (401, "AUTHENTICATION_ERROR", ("unauthorized", False, None)),
        (429, "RATELIMITED", ("rate_limited", True, 3.0)),
    ],
)
def test_errors_are_told_whatever_the_status(
    operate: Operate, httpserver: HTTPServer, status: int, code: str, expected: Any
) -> None:
    said = {"errors": [{"message": "Not like that", "extensions": {"code": code}}], "data": None}
    headers = {"Retry-After": "3"} if status == 429 else {}
    httpserver.expect_request("/graphql").respond_with_json(said, status=status, headers=headers)

    error = failure(operate, "create_ticket", TICKET)

    assert outcome(error) == expected
    assert "Not like that" in error.message
    assert error.request is not None
