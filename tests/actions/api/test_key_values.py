from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests.cases import load
from tests.conftest import ClientFor

URL = "/api/v1/kv/"


def put(api: APIClient, key: str, value: Any, **more: Any) -> Any:
    return api.put(f"{URL}default/{quote(key, safe='')}/", {"value": value, **more}, format="json")


def test_a_value_is_kept_read_listed_and_forgotten(api: APIClient) -> None:
    kept = put(api, "a/b c", {"x": [1]}).json()
    read = api.get(f"{URL}default/a/b%20c/").json()
    listed = api.get(URL, {"namespace": "default", "prefix": "a/"}).json()["results"]
    gone = api.delete(f"{URL}default/a%2Fb%20c/")

    assert read == kept
    assert {name: kept[name] for name in ("namespace", "key", "value", "expires_at")} == {
        "namespace": "default", "key": "a/b c", "value": {"x": [1]}, "expires_at": None,
    }  # fmt: skip
    assert [(row["key"], row["version"], "value" in row) for row in listed] == [("a/b c", kept["version"], False)]
    assert gone.status_code == 204
    assert api.get(f"{URL}default/a/b%20c/").status_code == 404
    assert api.delete(f"{URL}default/a/b%20c/").status_code == 404


def test_a_version_that_is_not_there_any_more_is_a_conflict(api: APIClient) -> None:
    version = put(api, "k", 1).json()["version"]
    put(api, "k", 2, if_version=version)

    answer = put(api, "k", 3, if_version=version)

    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
    assert api.delete(f"{URL}default/k/?if_version={version}").status_code == 409
    assert api.get(f"{URL}default/k/").json()["value"] == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("default/k/", {}), ("default/k/", {"value": 1, "more": 1}), ("a%20b/k/", {"value": 1}),
        (f"default/{'k' * 513}/", {"value": 1}), ("default/k/", {"value": 1, "expires_in_seconds": -1}),
        ("default/a%00b/", {"value": 1}),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_told(api: APIClient, path: str, body: dict[str, Any]) -> None:
    answer = api.put(f"{URL}{path}", body, format="json")

    assert answer.status_code == 400
    assert api.get(URL).json()["results"] == []


def test_a_value_that_is_too_large_is_told(api: APIClient) -> None:
    answer = put(api, "k", "x" * 300_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("role", "read", "written"), [(Role.VIEWER, 403, 403), (Role.OPERATOR, 200, 403), (Role.EDITOR, 200, 200)]
)
def test_operators_read_and_editors_write(
    client_for: ClientFor, workspace: Workspace, api: APIClient, role: Role, read: int, written: int
) -> None:
    put(api, "k", 1)
    client = client_for(workspace, role)

    assert client.get(f"{URL}default/k/").status_code == client.get(URL).status_code == read
    assert put(client, "k", 2).status_code == written


def test_values_of_others_are_not_there(client_for: ClientFor, api: APIClient, other_workspace: Workspace) -> None:
    put(api, "k", 1)
    stranger = client_for(other_workspace)

    assert stranger.get(f"{URL}default/k/").status_code == 404
    assert stranger.delete(f"{URL}default/k/").status_code == 404
    assert stranger.get(URL).json()["results"] == []


def test_naughty_keys_are_kept_or_refused_and_values_come_back_equal(api: APIClient) -> None:
    for text in load("hostile/blns.json")[::5]:
        if not text:
            continue
        answer = put(api, text, text)
        assert answer.status_code == 200, text
        assert (answer.json()["key"], answer.json()["value"]) == (text, text)
