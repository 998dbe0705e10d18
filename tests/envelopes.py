"""The one shape of errors of the API."""

import json
from typing import Any


def refused(response: Any, *, status: int, code: str) -> list[dict[str, str]]:
    """The problems in the answer, which has this status and is an envelope with this code."""
    assert response.status_code == status, response.content[:500]
    body = envelope(response)
    assert body["code"] == code
    problems: list[dict[str, str]] = body["errors"]
    return problems


def envelope(response: Any) -> dict[str, Any]:
    """The body of the answer, which is an envelope in JSON."""
    assert response["Content-Type"].startswith("application/json"), response["Content-Type"]
    body: dict[str, Any] = json.loads(response.content)
    assert body.keys() == {"detail", "code", "errors"}
    assert body["detail"]
    assert isinstance(body["detail"], str)
    assert all(problem.keys() == {"path", "code", "message"} for problem in body["errors"])
    return body
