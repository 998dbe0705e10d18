"""Ask over GraphQL, as clients do."""

from typing import Any

from rest_framework.test import APIClient

Json = dict[str, Any]

URL = "/api/v1/graphql/"


def ask(client: APIClient, query: str, **variables: Any) -> Json:
    """The whole answer."""
    answer = client.post(URL, {"query": query, "variables": variables}, format="json")
    assert answer.status_code == 200, answer.content[:2000]
    found: Json = answer.json()
    return found


def data(client: APIClient, query: str, **variables: Any) -> Any:
    """What was asked for; nothing went wrong with it."""
    found = ask(client, query, **variables)
    assert "errors" not in found, found["errors"]
    return found["data"]


def refused(client: APIClient, query: str, **variables: Any) -> list[tuple[int, str]]:
    """The status and the code of everything that went wrong, when there is nothing else in the answer."""
    found = ask(client, query, **variables)
    assert not any((found["data"] or {}).values()), found
    return [(each["extensions"]["status"], each["extensions"]["code"]) for each in found["errors"]]
