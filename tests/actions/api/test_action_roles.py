from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests.conftest import ClientFor
from tests.envelopes import refused

URL = "/api/v1/action-roles/"


def test_limits_are_replaced_as_a_whole(api: APIClient) -> None:
    first = api.put(URL, {"roles": {"http_request": "admin", "call_webhook": "nobody"}}, format="json")
    second = api.put(URL, {"roles": {"send_email": "admin"}}, format="json")

    assert first.json() == {"roles": {"http_request": "admin", "send_webhook": "nobody"}}
    assert api.get(URL).json() == second.json() == {"roles": {"send_email": "admin"}}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("/roles", "missing")),
        ({"roles": []}, ("/roles", "invalid")),
        ({"roles": None}, ("/roles", "invalid")),
        ({"roles": {"htp_request": "admin"}}, ("/roles/htp_request", "unknown_action_type")),
        ({"roles": {"http_request": "boss"}}, ("/roles/http_request", "invalid")),
        ({"roles": {"http_request": None}}, ("/roles/http_request", "invalid")),
        ({"roles": {"http_request": ["admin"]}}, ("/roles/http_request", "invalid")),
        ({"roles": {}, "rolls": {}}, ("/rolls", "unknown_field")),
    ],
    ids=repr,
)
def test_what_cannot_be_a_limit_is_refused(api: APIClient, body: dict[str, Any], problem: tuple[str, str]) -> None:
    found = refused(api.put(URL, body, format="json"), status=400, code="invalid")

    assert [(each["path"], each["code"]) for each in found] == [problem]
    assert api.get(URL).json() == {"roles": {}}


def test_a_wrong_name_is_told_the_right_one(api: APIClient) -> None:
    found = refused(api.put(URL, {"roles": {"htp_request": "admin"}}, format="json"), status=400, code="invalid")

    assert "Did you mean 'http_request'?" in found[0]["message"]


@pytest.mark.parametrize("method", ["get", "put"])
def test_only_admins_see_and_set_them(client_for: ClientFor, workspace: Workspace, method: str) -> None:
    editor = client_for(workspace, Role.EDITOR)

    refused(getattr(editor, method)(URL, {"roles": {}}, format="json"), status=403, code="forbidden")


def test_each_workspace_has_its_own(api: APIClient, client_for: ClientFor, other_workspace: Workspace) -> None:
    api.put(URL, {"roles": {"http_request": "admin"}}, format="json")

    assert client_for(other_workspace).get(URL).json() == {"roles": {}}
