"""GitHub's REST API as it is documented. Source: docs.github.com/en/rest, "Issues", "Workflows", "Rate limits"."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connectors.conftest import Connect, Operate, failure, outcome

pytestmark = pytest.mark.django_db

HERE = {"owner": "octocat", "repo": "hello-world"}


@pytest.fixture(autouse=True)
def account(connect: Connect) -> None:
    connect("github", {"token": "github_pat_12345678"})


def test_an_issue_is_opened_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    answer = {"id": 1, "number": 1347, "html_url": "https://github.com/octocat/hello-world/issues/1347"}
    httpserver.expect_request("/repos/octocat/hello-world/issues", method="POST").respond_with_json(answer, status=201)

    result = operate("github_create_issue", {**HERE, "title": "Found a bug", "labels": ["bug"]})

    assert result.output == {"id": 1, "number": 1347, "url": answer["html_url"]}
    [(sent, _)] = httpserver.log
    assert sent.get_json() == {"title": "Found a bug", "labels": ["bug"]}
    assert sent.headers["Authorization"] == "Bearer github_pat_12345678"
    assert sent.headers["Accept"] == "application/vnd.github+json"
    assert sent.headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_a_comment_is_written_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    path = "/repos/octocat/hello-world/issues/7/comments"
    httpserver.expect_request(path, method="POST").respond_with_json({"id": 5, "html_url": "https://x"}, status=201)

    assert operate("github_comment", {**HERE, "issue_number": "7", "body": "Me too"}).output["id"] == 5

    assert httpserver.log[0][0].get_json() == {"body": "Me too"}


def test_a_workflow_is_started_as_documented(operate: Operate, httpserver: HTTPServer) -> None:
    path = "/repos/octocat/hello-world/actions/workflows/deploy.yml/dispatches"
    httpserver.expect_request(path, method="POST").respond_with_data("", status=204)
    params = {**HERE, "workflow_id": "deploy.yml", "ref": "main", "inputs": {"stage": "test"}}

    assert operate("github_dispatch_workflow", params).output == {"status": 204}

    assert httpserver.log[0][0].get_json() == {"ref": "main", "inputs": {"stage": "test"}}


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (401, {}, ("unauthorized", False, None)),
        (403, {}, ("forbidden", False, None)),
        (403, {"Retry-After": "60"}, ("rate_limited", True, 60.0)),
        (404, {}, ("not_found", False, None)),
        (422, {}, ("http_status", False, None)),
        (429, {"Retry-After": "30"}, ("rate_limited", True, 30.0)),
    ],
)
def test_its_errors_are_told(
    operate: Operate, httpserver: HTTPServer, status: int, headers: dict[str, str], expected: Any
) -> None:
    said = {"message": "Not like that", "documentation_url": "https://docs.github.com/rest"}
    httpserver.expect_request("/repos/octocat/hello-world/issues").respond_with_json(
        said, status=status, headers=headers
    )

    error = failure(operate, "github_create_issue", {**HERE, "title": "Found a bug"})

    assert outcome(error) == expected
    assert error.message.startswith(f"GitHub answered {status}: Not like that")
